import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;

/** Small named checks of Amazon's JDBC driver against the sandbox: java Checks.java URL USER PASSWORD CA. */
public class Checks {
  interface Check { void run(Connection c) throws Exception; }

  static String url, user, password, ca;
  static final Map<String, Check> CHECKS = new LinkedHashMap<>();

  static Connection open(String... extra) throws SQLException {
    Properties p = new Properties();
    p.setProperty("user", user);
    p.setProperty("password", password);
    for (int i = 0; i < extra.length; i += 2) p.setProperty(extra[i], extra[i + 1]);
    return DriverManager.getConnection(url, p);
  }

  static String area = "";

  static void check(String name, Check c) { CHECKS.put(name.contains(": ") ? name : area + ": " + name, c); }

  static void same(Object wanted, Object found) {
    if (!Objects.equals(wanted, found)) throw new AssertionError("wanted <" + wanted + ">, found <" + found + ">");
  }

  static void is(boolean condition, String what) { if (!condition) throw new AssertionError(what); }

  static void run(Connection c, String... sqls) throws SQLException {
    try (Statement s = c.createStatement()) { for (String sql : sqls) s.execute(sql); }
  }

  static List<List<String>> rows(ResultSet r) throws SQLException {
    List<List<String>> found = new ArrayList<>();
    int n = r.getMetaData().getColumnCount();
    while (r.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 1; i <= n; i++) row.add(r.getString(i));
      found.add(row);
    }
    return found;
  }

  static List<List<String>> rows(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) { return rows(r); }
  }

  static String one(Connection c, String sql) throws SQLException { return rows(c, sql).get(0).get(0); }

  static void refused(Connection c, String sql, String... states) throws SQLException {
    try { run(c, sql); } catch (SQLException e) {
      is(Arrays.asList(states).contains(e.getSQLState()), sql + ": " + e.getSQLState() + " " + e.getMessage());
      return;
    }
    throw new AssertionError("accepted: " + sql);
  }

  static String schema = "jc" + (System.nanoTime() % 1000000);

  static void getsIn() {
    area = "connect";
    check("connect with defaults is over TLS", c -> same("7", one(c, "select 7")));
    check("connect without TLS", c -> { try (Connection d = open("ssl", "false")) { same("1", one(d, "select 1")); } });
    check("connect verify-ca", c -> {
      try (Connection d = open("ssl", "true", "sslmode", "verify-ca", "sslrootcert", ca)) { same("1", one(d, "select 1")); }
    });
    check("connect verify-full", c -> {
      try (Connection d = open("ssl", "true", "sslmode", "verify-full", "sslrootcert", ca)) { same("1", one(d, "select 1")); }
    });
    check("wrong password is 28000", c -> {
      try { DriverManager.getConnection(url, user, "nonsense").close(); } catch (SQLException e) { same("28000", e.getSQLState()); return; }
      throw new AssertionError("let in");
    });
    check("currentSchema", c -> { try (Connection d = open("currentSchema", "abc")) { same("abc", one(d, "show search_path")); } });
    check("query group of the URL", c -> { try (Connection d = open("queryGroup", "etl")) { same("etl", one(d, "show query_group")); } });
    check("loginTimeout", c -> { try (Connection d = open("loginTimeout", "20")) { is(d.isValid(5), "not valid"); } });
    check("read only", c -> { try (Connection d = open("readOnly", "true")) { same("1", one(d, "select 1")); } });
    if (has("com.amazonaws.auth.AWSCredentials") || has("software.amazon.awssdk.auth.credentials.AwsCredentials")) iam();
    check("version of server", c -> {
      DatabaseMetaData m = c.getMetaData();
      same("Redshift", m.getDatabaseProductName());
      is(m.getDatabaseProductVersion().startsWith("8.0.2"), m.getDatabaseProductVersion());
    });
    check("select pg_catalog.version()", c -> is(one(c, "select pg_catalog.version()").contains("Redshift"), "version"));
    check("catalog is the database", c -> same("dev", c.getCatalog()));
    check("schema", c -> same("public", c.getSchema()));
    check("setSchema", c -> { c.setSchema("pg_catalog"); c.setSchema("public"); });
    check("isolation", c -> { c.getTransactionIsolation(); c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE); });
  }

  static boolean has(String name) {
    try { Class.forName(name); return true; } catch (ClassNotFoundException e) { return false; }
  }

  static void iam() {
    for (String form : new String[] {"jdbc:redshift:iam", "a group of the URL"})
      check("iam: " + form, c -> {
        String endpoint = System.getenv("AWS_ENDPOINT_URL");
        Properties p = new Properties();
        p.setProperty("AccessKeyID", System.getenv("AWS_ACCESS_KEY_ID")); p.setProperty("SecretAccessKey", System.getenv("AWS_SECRET_ACCESS_KEY"));
        String group = form.equals("jdbc:redshift:iam") ? "" : "&queryGroup=etl";
        String iam = url.replace("jdbc:redshift:", "jdbc:redshift:iam:") + "?isServerless=true&serverlessWorkGroup=default-workgroup&Region=ap-south-1&EndpointUrl=" + endpoint + group;
        try (Connection d = DriverManager.getConnection(iam, p)) { is(one(d, "select current_user").startsWith("IAM"), one(d, "select current_user")); }
      });
    check("iam: with wrong keys nobody gets in", c -> {
      String iam = url.replace("jdbc:redshift:", "jdbc:redshift:iam:") + "?isServerless=true&serverlessWorkGroup=default-workgroup&Region=ap-south-1&EndpointUrl=" + System.getenv("AWS_ENDPOINT_URL");
      Properties p = new Properties();
      p.setProperty("AccessKeyID", System.getenv("AWS_ACCESS_KEY_ID")); p.setProperty("SecretAccessKey", "wrong");
      try { DriverManager.getConnection(iam, p).close(); } catch (SQLException e) { return; }
      throw new AssertionError("let in");
    });
  }

  static void statements() {
    area = "statements";
    check("several results in order", c -> {
      try (Statement s = c.createStatement()) {
        is(!s.execute("create temp table q (i int); insert into q values (1); select i from q"), "first is no result set");
        same(0, s.getUpdateCount());
        is(!s.getMoreResults(), "second"); same(1, s.getUpdateCount());
        is(s.getMoreResults(), "third");
        try (ResultSet r = s.getResultSet()) { is(r.next(), "row"); same(1, r.getInt(1)); }
      }
    });
    check("semicolons", c -> {
      run(c, "create table " + schema + ".semi (a int);", "alter table " + schema + ".semi add column b int;",
        "create view " + schema + ".semiv as select 1 a with no schema binding;", "drop view " + schema + ".semiv;", "drop table " + schema + ".semi;");
    });
    check("comment only", c -> { try (Statement s = c.createStatement()) { s.execute("-- nothing"); s.execute(""); } same("1", one(c, "select 1")); });
    check("parameters", c -> {
      try (PreparedStatement p = c.prepareStatement("select ?::int + ?::int, ?::varchar, ?::date, ?::timestamp, ?::decimal(10,2), ?::boolean, ?::bigint")) {
        p.setInt(1, 1); p.setInt(2, 2); p.setString(3, "it's \\ é"); p.setDate(4, java.sql.Date.valueOf("2024-02-29"));
        p.setTimestamp(5, Timestamp.valueOf("2024-01-02 03:04:05.678")); p.setBigDecimal(6, new BigDecimal("12.50"));
        p.setBoolean(7, true); p.setLong(8, 1L << 40);
        try (ResultSet r = p.executeQuery()) {
          is(r.next(), "row"); same(3, r.getInt(1)); same("it's \\ é", r.getString(2)); same(java.sql.Date.valueOf("2024-02-29"), r.getDate(3));
          same(Timestamp.valueOf("2024-01-02 03:04:05.678"), r.getTimestamp(4)); same(new BigDecimal("12.50"), r.getBigDecimal(5));
          same(true, r.getBoolean(6)); same(1L << 40, r.getLong(7));
        }
      }
    });
    check("nulls as parameters", c -> {
      run(c, "create table " + schema + ".n (a int, b varchar(5), c date, d float8, e boolean, f decimal(5,2), g timestamp)");
      try (PreparedStatement p = c.prepareStatement("insert into " + schema + ".n values (?,?,?,?,?,?,?)")) {
        int[] types = {Types.INTEGER, Types.VARCHAR, Types.DATE, Types.DOUBLE, Types.BOOLEAN, Types.NUMERIC, Types.TIMESTAMP};
        for (int i = 0; i < types.length; i++) p.setNull(i + 1, types[i]);
        same(1, p.executeUpdate());
      }
      same(Arrays.asList(null, null, null, null, null, null, null), rows(c, "select * from " + schema + ".n").get(0));
    });
    check("batch", c -> {
      run(c, "create table " + schema + ".b (a int, b varchar(20))");
      try (PreparedStatement p = c.prepareStatement("insert into " + schema + ".b values (?, ?)")) {
        for (int i = 0; i < 500; i++) { p.setInt(1, i); p.setString(2, "row " + i); p.addBatch(); }
        same(500, p.executeBatch().length);
      }
      same("500", one(c, "select count(*) from " + schema + ".b"));
    });
    check("batch of statements", c -> {
      run(c, "create table " + schema + ".bs (a int)");
      try (Statement s = c.createStatement()) {
        s.addBatch("insert into " + schema + ".bs values (1)"); s.addBatch("insert into " + schema + ".bs values (2), (3)"); s.addBatch("truncate " + schema + ".bs");
        same(3, s.executeBatch().length);
      }
      same("0", one(c, "select count(*) from " + schema + ".bs"));
    });
    check("update counts", c -> {
      run(c, "create table " + schema + ".u (a int)", "insert into " + schema + ".u values (1),(2),(3)");
      try (Statement s = c.createStatement()) {
        same(2, s.executeUpdate("update " + schema + ".u set a = a + 1 where a > 1"));
        same(3, s.executeUpdate("delete from " + schema + ".u"));
      }
    });
    check("transactions", c -> {
      run(c, "create table " + schema + ".t (a int)");
      c.setAutoCommit(false);
      try { run(c, "insert into " + schema + ".t values (1)"); c.rollback(); run(c, "insert into " + schema + ".t values (2)"); c.commit(); }
      finally { c.setAutoCommit(true); }
      same("2", one(c, "select sum(a) from " + schema + ".t"));
    });
    check("an error within a transaction", c -> {
      c.setAutoCommit(false);
      try {
        refused(c, "select nope", "42703"); refused(c, "select 1", "25P02"); c.rollback(); same("1", one(c, "select 1"));
      } finally { c.rollback(); c.setAutoCommit(true); }
    });
    check("cursor of 20,000 rows", c -> {
      run(c, "create table " + schema + ".big as select n::int as n, 'text ' || n as s from generate_series(1, 20000) as g(n)");
      c.setAutoCommit(false);
      try (Statement s = c.createStatement()) {
        s.setFetchSize(500); long sum = 0; int count = 0;
        try (ResultSet r = s.executeQuery("select n, s from " + schema + ".big order by n")) { while (r.next()) { sum += r.getInt(1); count++; } }
        same(20000, count); same(200010000L, sum);
      } finally { c.commit(); c.setAutoCommit(true); }
    });
    check("max rows", c -> { try (Statement s = c.createStatement()) { s.setMaxRows(5); int n = 0; try (ResultSet r = s.executeQuery("select n from " + schema + ".big")) { while (r.next()) n++; } same(5, n); } });
    check("query timeout", c -> {
      try (Statement s = c.createStatement()) { s.setQueryTimeout(1); s.execute("select pg_sleep(30)"); } catch (SQLException e) { same("57014", e.getSQLState()); same("1", one(c, "select 1")); return; }
      throw new AssertionError("no timeout");
    });
    check("cancel hits its own", c -> {
      ScheduledExecutorService pool = Executors.newSingleThreadScheduledExecutor();
      try {
        for (int turn = 0; turn < 3; turn++) {
          try (Statement s = c.createStatement()) {
            pool.schedule(() -> { s.cancel(); return null; }, 200, TimeUnit.MILLISECONDS);
            try { s.execute("select pg_sleep(30)"); throw new AssertionError("not cancelled"); } catch (SQLException e) { same("57014", e.getSQLState()); }
          }
          for (int i = 0; i < 100; i++) same("" + i, one(c, "select " + i));
        }
      } finally { pool.shutdownNow(); }
    });
    check("300 prepared statements", c -> {
      List<PreparedStatement> open = new ArrayList<>();
      for (int i = 0; i < 300; i++) open.add(c.prepareStatement("select " + i + " + ?::int"));
      for (int round = 0; round < 6; round++) for (int i = 0; i < 300; i++) { PreparedStatement p = open.get(i); p.setInt(1, 1); try (ResultSet r = p.executeQuery()) { r.next(); same(i + 1, r.getInt(1)); } }
      for (PreparedStatement p : open) p.close();
    });
    check("alter table family", c -> {
      run(c, "create table " + schema + ".al (a int, b varchar(10))", "alter table " + schema + ".al alter column b encode zstd", "alter table " + schema + ".al alter encode auto",
        "alter table " + schema + ".al alter diststyle even", "alter table " + schema + ".al alter sortkey (a)", "alter table " + schema + ".al alter column b type varchar(20)");
      same("1", one(c, "select 1"));
    });
    check("prepare and execute", c -> { run(c, "prepare pp (int) as select $1 + 1"); same("5", one(c, "execute pp(4)")); run(c, "deallocate pp"); });
    check("stored procedure", c -> {
      run(c, "create or replace procedure " + schema + ".p(a in int, b out int) as $$ begin b := a + 1; end; $$ language plpgsql");
      same("5", one(c, "call " + schema + ".p(4)"));
    });
    check("sql function", c -> {
      run(c, "create or replace function " + schema + ".f(int, int) returns int stable as $$ select $1 + $2 $$ language sql");
      same("7", one(c, "select " + schema + ".f(3, 4)"));
    });
    check("generated keys are refused", c -> {
      try (PreparedStatement p = c.prepareStatement("insert into " + schema + ".u values (1)", Statement.RETURN_GENERATED_KEYS)) { p.executeUpdate(); } catch (SQLException e) { return; }
    });
    check("error has position and state", c -> { refused(c, "select * from nowhere", "42P01"); refused(c, "selec 1", "42601"); refused(c, "select 'x'::int", "22P02"); refused(c, "select 1/0", "22012"); });
    for (String sql : new String[] {"insert into T(a) values (1) returning a", "insert into T values (1) on conflict do nothing", "select count(*) filter (where a = 1) from T",
      "select * from T x, lateral (select x.a) y", "select string_agg('b', ',') from T", "select pg_advisory_lock(1)", "create table e ()", "create index i on T (a)", "select array_agg(a) from T",
      "create table p (a int) partition by range (a)", "create extension x", "select '{}'::jsonb", "select uuid_generate_v4()", "select gen_random_uuid()", "create type x as enum ('a')",
      "create sequence s", "create trigger t after insert on T execute function f()", "select 1 from T for update", "select array[1,2]", "listen x", "notify x", "select * from T tablesample system (1)"})
      check("refused: " + sql, c -> { run(c, "create table if not exists " + schema + ".r (a int)"); refused(c, sql.replace("T", schema + ".r"), "0A000", "42601", "42883", "42704"); same("1", one(c, "select 1")); });
  }

  static final String[][] TYPES = {
    {"smallint", "7", "5", "int2"}, {"integer", "7", "4", "int4"}, {"bigint", "7", "-5", "int8"}, {"decimal(12,3)", "1.500", "2", "numeric"}, {"real", "0.5", "7", "float4"},
    {"double precision", "0.25", "8", "float8"}, {"boolean", "t", "-7", "bool"}, {"char(5)", "ab   ", "1", "bpchar"}, {"varchar(20)", "xyz", "12", "varchar"},
    {"date", "2024-02-29", "91", "date"}, {"timestamp", "2024-02-29 01:02:03", "93", "timestamp"}, {"timestamptz", "2024-02-29 01:02:03+00", "2014", "timestamptz"},
    {"time", "01:02:03", "92", "time"}, {"timetz", "01:02:03+00", "2013", "timetz"}, {"super", "{\"a\":1}", "-1", "super"}, {"varbyte(10)", "6162", "-4", "varbyte"}};

  static String literal(String[] t) {
    if (t[0].equals("super")) return "json_parse('" + t[1] + "')";
    if (t[0].startsWith("varbyte")) return "from_hex('" + t[1] + "')";
    return "'" + t[1] + "'::" + t[0];
  }

  static void types() {
    area = "values";
    for (String[] t : TYPES) {
      check("value of " + t[0], c -> {
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select " + literal(t) + " as v, null::" + t[0] + " as n")) {
          ResultSetMetaData m = r.getMetaData();
          same(t[3], m.getColumnTypeName(1));
          if (!t[0].startsWith("time")) same(t[2], "" + m.getColumnType(1));
          m.getPrecision(1); m.getScale(1); m.getColumnClassName(1); m.getColumnDisplaySize(1);
          is(r.next(), "row"); r.getObject(1);
          if (!t[0].contains("tz") && !t[0].equals("boolean")) same(t[1], r.getString(1).replaceAll("\\.0$", ""));
          same(null, r.getObject(2)); is(r.wasNull(), "null");
        }
      });
      check("column of " + t[0], c -> {
        String table = schema + ".ty_" + t[3];
        run(c, "create table " + table + " (v " + t[0] + ")", "insert into " + table + " select " + literal(t));
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select v from " + table)) { same(t[3], r.getMetaData().getColumnTypeName(1)); is(r.next(), "row"); r.getObject(1); }
        try (ResultSet r = c.getMetaData().getColumns(null, schema, "ty_" + t[3], null)) {
          is(r.next(), "column"); same("v", r.getString("COLUMN_NAME")); same(t[3], r.getString("TYPE_NAME"));
          if (!t[0].startsWith("time")) same(t[0].equals("super") ? "-16" : t[2], "" + r.getInt("DATA_TYPE"));
          if (t[0].startsWith("decimal")) { same(12, r.getInt("COLUMN_SIZE")); same(3, r.getInt("DECIMAL_DIGITS")); }
          if (t[0].startsWith("varchar")) same(20, r.getInt("COLUMN_SIZE"));
          same("YES", r.getString("IS_NULLABLE"));
        }
      });
    }
    check("getBytes of varbyte", c -> { try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select from_hex('616263')")) { r.next(); same("abc", new String(r.getBytes(1))); } });
    check("aggregates and their types", c -> {
      try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select avg(a), sum(a), count(a), avg(a::decimal(10,2)), sum(a::decimal(10,2)), min(a) from (select 1 a union all select 2)")) {
        ResultSetMetaData m = r.getMetaData(); same("int8", m.getColumnTypeName(1)); same("int8", m.getColumnTypeName(2)); same("numeric", m.getColumnTypeName(4)); same(38, m.getPrecision(4)); same(2, m.getScale(4));
        r.next(); same("1", r.getString(1)); same("1.50", r.getString(4)); same("3.00", r.getString(5));
      }
    });
    check("division", c -> { same("3", one(c, "select 7 / 2")); is(new BigDecimal("3.5").compareTo(new BigDecimal(one(c, "select 7 / 2.0"))) == 0, "7/2.0"); });
  }

  static void metadata() {
    area = "metadata";
    check("setup", c -> run(c, "create table " + schema + ".parent (id bigint identity(1,1), code varchar(10) not null default 'x', primary key (id)) diststyle key distkey(id) sortkey(code)",
      "create table " + schema + ".child (id int primary key, parent bigint references " + schema + ".parent(id), d decimal(10,2), unique (d))",
      "create view " + schema + ".pv as select code from " + schema + ".parent", "create view " + schema + ".lv as select code, id from " + schema + ".parent with no schema binding",
      "comment on table " + schema + ".parent is 'the parents'", "comment on column " + schema + ".parent.code is 'the code'"));
    check("getCatalogs", c -> { try (ResultSet r = c.getMetaData().getCatalogs()) { is(rows(r).toString().contains("dev"), "dev"); } });
    check("getSchemas", c -> { try (ResultSet r = c.getMetaData().getSchemas()) { String all = rows(r).toString(); is(all.contains(schema), all); is(!all.contains("sys_history") && !all.contains("redshift_"), all); } });
    check("getSchemas of a pattern", c -> { try (ResultSet r = c.getMetaData().getSchemas("dev", schema)) { same(1, rows(r).size()); } });
    check("getTables", c -> {
      Map<String, String> found = new TreeMap<>(); Map<String, String> remarks = new TreeMap<>();
      try (ResultSet r = c.getMetaData().getTables(null, schema, "%", null)) { while (r.next()) { found.put(r.getString("TABLE_NAME"), r.getString("TABLE_TYPE")); remarks.put(r.getString("TABLE_NAME"), r.getString("REMARKS")); } }
      same("TABLE", found.get("parent")); same("VIEW", found.get("pv")); same("VIEW", found.get("lv")); same("the parents", remarks.get("parent"));
      for (String name : found.keySet()) is(!name.contains("seq"), name);
    });
    check("getTables of types", c -> { try (ResultSet r = c.getMetaData().getTables("dev", schema, "p%", new String[] {"VIEW"})) { List<List<String>> f = rows(r); same(1, f.size()); } });
    check("getTables of everything", c -> { try (ResultSet r = c.getMetaData().getTables(null, null, "%", null)) { String all = rows(r).toString(); is(all.contains("parent"), "parent"); is(!all.contains("sys_history") && !all.contains("redshift_attributes"), "internals"); } });
    check("getTableTypes", c -> { try (ResultSet r = c.getMetaData().getTableTypes()) { is(rows(r).toString().contains("TABLE"), "types"); } });
    check("getColumns", c -> {
      try (ResultSet r = c.getMetaData().getColumns(null, schema, "parent", "%")) {
        is(r.next(), "id"); same("id", r.getString("COLUMN_NAME")); same(Types.BIGINT, r.getInt("DATA_TYPE")); same("YES", r.getString("IS_AUTOINCREMENT")); same("NO", r.getString("IS_NULLABLE")); same(1, r.getInt("ORDINAL_POSITION"));
        is(r.next(), "code"); same("code", r.getString("COLUMN_NAME")); same(10, r.getInt("COLUMN_SIZE")); is(r.getString("COLUMN_DEF").contains("x"), "default"); same("the code", r.getString("REMARKS")); same("NO", r.getString("IS_AUTOINCREMENT"));
        is(!r.next(), "two");
      }
    });
    check("getColumns of a late-binding view", c -> { try (ResultSet r = c.getMetaData().getColumns(null, schema, "lv", "%")) { same(2, rows(r).size()); } });
    check("getColumns of everything", c -> { try (ResultSet r = c.getMetaData().getColumns(null, null, "%", "%")) { is(rows(r).size() > 10, "columns"); } });
    check("getPrimaryKeys", c -> { try (ResultSet r = c.getMetaData().getPrimaryKeys(null, schema, "parent")) { is(r.next(), "a key"); same("id", r.getString("COLUMN_NAME")); same((short) 1, r.getShort("KEY_SEQ")); is(!r.next(), "one"); } });
    check("primary keys are not enforced", c -> { run(c, "insert into " + schema + ".child values (1, 99, 1.5), (1, 99, 1.5)"); same("2", one(c, "select count(*) from " + schema + ".child")); });
    check("getImportedKeys", c -> { try (ResultSet r = c.getMetaData().getImportedKeys(null, schema, "child")) { is(r.next(), "a key"); same("parent", r.getString("PKTABLE_NAME")); same("id", r.getString("PKCOLUMN_NAME")); same("parent", r.getString("FKCOLUMN_NAME")); } });
    check("getExportedKeys", c -> { try (ResultSet r = c.getMetaData().getExportedKeys(null, schema, "parent")) { is(r.next(), "a key"); same("child", r.getString("FKTABLE_NAME")); } });
    check("getCrossReference", c -> { try (ResultSet r = c.getMetaData().getCrossReference(null, schema, "parent", null, schema, "child")) { is(r.next(), "a key"); } });
    check("getIndexInfo", c -> { try (ResultSet r = c.getMetaData().getIndexInfo(null, schema, "parent", false, true)) { rows(r); } });
    check("getProcedures", c -> { try (ResultSet r = c.getMetaData().getProcedures(null, schema, "%")) { rows(r); } });
    check("getProcedureColumns", c -> { try (ResultSet r = c.getMetaData().getProcedureColumns(null, schema, "%", "%")) { rows(r); } });
    check("getFunctions", c -> { try (ResultSet r = c.getMetaData().getFunctions(null, schema, "%")) { rows(r); } });
    check("getFunctionColumns", c -> { try (ResultSet r = c.getMetaData().getFunctionColumns(null, schema, "%", "%")) { rows(r); } });
    check("getTypeInfo", c -> { try (ResultSet r = c.getMetaData().getTypeInfo()) { is(rows(r).size() > 5, "types"); } });
    check("getTablePrivileges", c -> { try (ResultSet r = c.getMetaData().getTablePrivileges(null, schema, "%")) { rows(r); } });
    check("getColumnPrivileges", c -> { try (ResultSet r = c.getMetaData().getColumnPrivileges(null, schema, "parent", "%")) { rows(r); } });
    check("getBestRowIdentifier", c -> { try (ResultSet r = c.getMetaData().getBestRowIdentifier(null, schema, "parent", 1, true)) { rows(r); } });
    check("getVersionColumns", c -> { try (ResultSet r = c.getMetaData().getVersionColumns(null, schema, "parent")) { rows(r); } });
    check("getUDTs", c -> { try (ResultSet r = c.getMetaData().getUDTs(null, null, "%", null)) { rows(r); } });
    check("getClientInfoProperties", c -> { try (ResultSet r = c.getMetaData().getClientInfoProperties()) { rows(r); } });
    check("getMaxConnections and its kin", c -> { DatabaseMetaData m = c.getMetaData(); m.getMaxConnections(); m.getMaxColumnNameLength(); m.getSQLKeywords(); m.getStringFunctions(); m.getNumericFunctions(); m.getUserName(); m.getURL(); });
    check("describe without running", c -> { try (PreparedStatement p = c.prepareStatement("select id, code, ?::int as x from " + schema + ".parent")) { ResultSetMetaData m = p.getMetaData(); same(3, m.getColumnCount()); same("code", m.getColumnName(2)); p.getParameterMetaData().getParameterCount(); } });
    check("table and schema of a result's column", c -> { try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select code from " + schema + ".parent")) { ResultSetMetaData m = r.getMetaData(); same("code", m.getColumnName(1)); m.getTableName(1); m.getSchemaName(1); m.isNullable(1); m.isAutoIncrement(1); } });
    for (String sql : new String[] {"select * from svv_external_schemas", "select * from svv_external_tables", "select * from svv_external_columns", "select * from svv_external_databases", "select * from svv_external_partitions"})
      check(sql, c -> same(0, rows(c, sql).size()));
    for (String sql : new String[] {"select * from svv_all_tables where schema_name = 'S'", "select * from svv_all_columns where schema_name = 'S'", "select * from svv_redshift_tables where schema_name = 'S'", "select * from svv_redshift_columns where schema_name = 'S'",
      "select * from svv_tables where table_schema = 'S'", "select * from svv_columns where table_schema = 'S'", "select * from svv_all_schemas", "select * from svv_redshift_schemas", "select * from svv_redshift_databases", "select database_name, database_type from svv_redshift_databases",
      "select * from pg_tables where schemaname = 'S'", "select * from pg_views where schemaname = 'S'", "select * from information_schema.tables where table_schema = 'S'", "select * from information_schema.columns where table_schema = 'S'",
      "select relname, reldiststyle from pg_class where relname = 'parent'", "select attname, attisdistkey, attsortkeyord, attencodingtype from pg_attribute where attname = 'code'", "select adsrc from pg_attrdef", "select releffectivediststyle from pg_class_info",
      "show databases", "show schemas from database dev", "show tables from schema dev.S", "show columns from table dev.S.parent", "show table S.parent", "show view S.pv", "select * from svv_user_info", "select * from svv_roles union all select 1, 'x', 'y', null limit 1",
      "select * from pg_user", "select * from pg_group union all select 'x', 1, null limit 1", "select * from pg_database", "select * from pg_namespace", "select * from svv_table_info union all select * from svv_table_info limit 1",
      "select * from pg_get_late_binding_view_cols() cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int) where view_schema = 'S'",
      "select * from pg_get_cols('S.parent') cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int)"})
      check(sql, c -> { String real = sql.replace("'S'", "'" + schema + "'").replace("S.", schema + ".").replace("dev.S", "dev." + schema); if (!sql.contains("svv_table_info")) is(rows(c, real).size() > 0, "no rows"); else rows(c, real); });
  }

  public static void main(String[] args) throws Exception {
    url = args[0]; user = args[1]; password = args[2]; ca = args[3];
    getsIn(); statements(); types(); metadata();
    try (Connection c = open()) { run(c, "create schema " + schema); }
    Connection c = open();
    for (Map.Entry<String, Check> e : CHECKS.entrySet()) {
      try {
        if (!c.isValid(10)) c = open();
        e.getValue().run(c);
        System.out.println("ok\t" + e.getKey());
      } catch (Throwable t) {
        String state = t instanceof SQLException ? ((SQLException) t).getSQLState() + " " : "";
        System.out.println("FAIL\t" + e.getKey() + "\t" + state + String.valueOf(t.getMessage()).replace("\n", " | ") + (args.length > 4 ? " " + Arrays.toString(t.getStackTrace()) : ""));
        try { c.setAutoCommit(true); } catch (SQLException x) { c = open(); }
      }
    }
    run(c, "drop schema " + schema + " cascade");
    c.close();
    System.exit(0);
  }
}
