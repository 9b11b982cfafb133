// Small named checks of node's pg and of the AWS SDK for JavaScript: node checks.mjs pg|sdk CASES_FILE MODULES.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [, , which, casesFile, modules] = process.argv;
const require = createRequire(`${modules}/package.json`);
const { values, refused } = JSON.parse(readFileSync(casesFile, "utf8"));
const schema = `js${process.pid}`;
const oids = {
  int2: 21, int4: 23, int8: 20, numeric: 1700, float4: 700, float8: 701, bool: 16, bpchar: 1042, varchar: 1043,
  date: 1082, timestamp: 1114, timestamptz: 1184, time: 1083, timetz: 1266, super: 4000, varbyte: 6551,
};

function same(wanted, found) {
  const [a, b] = [JSON.stringify(wanted), JSON.stringify(found)];
  if (a !== b) throw new Error(`wanted <${a}>, found <${b}>`);
}

async function check(name, body) {
  try {
    await body();
    console.log(`ok\t${name}`);
  } catch (error) {
    const text = String(error.message ?? error).replaceAll("\n", " ");
    const outcome = text.includes("is not supported in the sandbox") ? "refused" : "FAIL";
    console.log(`${outcome}\t${name}\t${text}`);
  }
}

async function fails(promise, ...codes) {
  let failure;
  try {
    await promise;
  } catch (error) {
    failure = error;
  }
  if (!failure) throw new Error("accepted");
  const code = failure.code ?? failure.name;
  if (!codes.includes(code)) throw new Error(`${code}: ${failure.message}`);
}

async function pg() {
  const { Client, Pool, types } = require("pg");
  const Cursor = require("pg-cursor");
  for (const oid of Object.values(oids)) types.setTypeParser(oid, (text) => text);
  const ca = readFileSync(process.env.PGSSLROOTCERT, "utf8");
  const open = async (options = {}) => {
    const client = new Client({ ssl: { rejectUnauthorized: false }, ...options });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const one = async (client, sql, args) => Object.values((await client.query({ text: sql, values: args })).rows[0])[0];
  delete process.env.PGSSLROOTCERT;
  for (const [name, options] of Object.entries({
    "ssl false": { ssl: false }, "ssl {}": { ssl: { ca } }, "rejectUnauthorized false": {},
    "verified by the authority": { ssl: { ca, rejectUnauthorized: true } }, "application_name": { application_name: "js" },
  }))
    await check(`connect: ${name}`, async () => {
      const client = await open(options);
      same("7", await one(client, "select 7"));
      await client.end();
    });
  await check("connect: a wrong password is 28000", () => fails(open({ password: "wrong" }), "28000"));
  await check("connect: an unknown authority is not trusted", () => fails(open({ ssl: {} }), "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"));
  await check("connect: statement_timeout", async () => {
    const client = await open({ statement_timeout: 300 });
    await fails(client.query("select pg_sleep(60)"), "57014");
    await client.end();
  });
  await check("connect: options", async () => {
    const client = await open({ options: "-c search_path=abc" });
    same("abc", await one(client, "show search_path"));
    await client.end();
  });
  const c = await open();
  await c.query(`create schema ${schema}`);
  await c.query(`create table ${schema}.r (a int)`);
  for (const [name, sql, wanted, kind] of values) {
    await check(`values: ${name}`, async () => {
      const { rows, fields } = await c.query(sql);
      same(oids[kind], fields[0].dataTypeID);
      const found = Object.values(rows[0])[0];
      same(wanted === "true" ? "t" : wanted, found);
    });
    await check(`values by the extended protocol: ${name}`, async () => {
      const { rows } = await c.query({ text: sql, name: `v${name}` });
      const found = Object.values(rows[0])[0];
      same(wanted === "true" ? "t" : wanted, found);
    });
  }
  for (const sql of refused)
    await check(`refused: ${sql}`, async () => {
      await fails(c.query(sql.replaceAll("T", `${schema}.r`)), "0A000", "42601", "42883", "42704");
      same("1", await one(c, "select 1"));
    });
  const t = `${schema}.t`;
  for (const sql of [`create table ${t} (a int, b varchar(20));`, `alter table ${t} add column c int;`,
    `create view ${schema}.v as select 1 a with no schema binding;`, `drop view ${schema}.v;`])
    await check(`statements: with its semicolon: ${sql.split(" ").slice(0, 2).join(" ")}`, () => c.query({ text: sql, values: [] }));
  for (const sql of ["", "-- nothing", ";"]) await check(`statements: nothing ${JSON.stringify(sql)}`, () => c.query(sql));
  await check("statements: parameters of every kind", async () =>
    same("2 it's \\ é 0.5 true", await one(c, "select ($1::int + 1)::varchar || ' ' || $2::varchar || ' ' || $3::float8::varchar || ' ' || case when $4::boolean then 'true' end", [1, "it's \\ é", 0.5, true])));
  for (const kind of ["int", "varchar(5)", "date", "timestamp", "float8", "boolean", "decimal(8,2)"])
    await check(`statements: a null parameter of ${kind}`, async () => same(null, await one(c, `select ($1::${kind})::varchar(30)`, [null])));
  await check("statements: row counts", async () => same(2, (await c.query(`insert into ${t} values (1, 'x', 2), (2, 'y', 3)`)).rowCount));
  await check("statements: several results in order", async () => {
    const found = await c.query("create temp table q (i int); insert into q values (1); select i from q");
    same(["CREATE", "INSERT", "SELECT"], found.map((item) => item.command));
    same("1", found[2].rows[0].i);
  });
  await check("prepared: 300 kept open", async () => {
    for (let turn = 0; turn < 2; turn++)
      for (let i = 0; i < 300; i++) same(String(i + 1), Object.values((await c.query({ name: `s${i}`, text: `select ${i} + $1::int`, values: [1] })).rows[0])[0]);
  });
  await check("batch: 500 inserts with parameters", async () => {
    await c.query(`truncate ${t}`);
    await Promise.all(Array.from({ length: 500 }, (_, i) => c.query(`insert into ${t} values ($1, $2)`, [i, `row ${i}`])));
    same("500", await one(c, `select count(*) from ${t}`));
  });
  await check("cursors: 20,000 rows by pg-cursor", async () => {
    const cursor = c.query(new Cursor("select n::int as n from generate_series(1, 20000) g(n)"));
    let [count, sum] = [0, 0];
    for (;;) {
      const rows = await cursor.read(500);
      if (!rows.length) break;
      for (const row of rows) { count++; sum += Number(row.n); }
    }
    await cursor.close();
    same([20000, 200010000], [count, sum]);
  });
  await check("transactions: rollback and commit", async () => {
    await c.query(`truncate ${t}`);
    for (const end of ["rollback", "commit"]) { await c.query("begin"); await c.query(`insert into ${t} values (1)`); await c.query(end); }
    same("1", await one(c, `select count(*) from ${t}`));
  });
  await check("transactions: an error fails the rest", async () => {
    await c.query("begin");
    await fails(c.query("select nope"), "42703");
    await fails(c.query("select 1"), "25P02");
    await c.query("rollback");
    same("1", await one(c, "select 1"));
  });
  for (const [sql, code] of [["select * from nowhere", "42P01"], ["selec 1", "42601"], ["select 'x'::int", "22P02"], ["select 1/0", "22012"], ["select nope", "42703"]])
    await check(`errors: ${sql}`, async () => { await fails(c.query(sql), code); same("1", await one(c, "select 1")); });
  await check("errors: COPY FROM STDIN is refused, the session lives", async () => {
    await fails(c.query(`copy ${t} from stdin`), "0A000", "42601");
    same("1", await one(c, "select 1"));
  });
  await check("cancel: hits its own statement", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const client = await open();
      const pid = await one(client, "select pg_backend_pid()");
      const failing = fails(client.query("select pg_sleep(60)"), "57014");
      await new Promise((done) => setTimeout(done, 100));
      await c.query(`select pg_cancel_backend(${pid})`);
      await failing;
      for (let i = 0; i < 50; i++) same(String(i), await one(client, `select ${i}`));
      await client.end();
    }
  });
  await check("cancel: query_timeout of the client", async () => {
    const client = await open({ query_timeout: 200 });
    try { await client.query("select pg_sleep(60)"); } catch (error) { same("Query read timeout", error.message); await client.end(); return; }
    throw new Error("no timeout");
  });
  await check("sessions: a pool of ten", async () => {
    const pool = new Pool({ ssl: { rejectUnauthorized: false }, max: 10 });
    const found = await Promise.all(Array.from({ length: 200 }, (_, i) => pool.query("select $1::int as n", [i])));
    same(Array.from({ length: 200 }, (_, i) => String(i)), found.map((item) => item.rows[0].n));
    await pool.end();
  });
  await c.query(`drop schema ${schema} cascade`);
  await c.end();
}

async function sdk() {
  const data = require("@aws-sdk/client-redshift-data");
  const serverless = require("@aws-sdk/client-redshift-serverless");
  const client = new data.RedshiftDataClient({});
  const where = { WorkgroupName: "default-workgroup", Database: process.env.PGDATABASE, SecretArn: process.env.CHECKS_SECRET };
  const call = (name, input = {}) => client.send(new data[`${name}Command`](input));
  const wait = async (Id) => {
    for (;;) {
      const found = await call("DescribeStatement", { Id });
      if (["FINISHED", "FAILED", "ABORTED"].includes(found.Status)) return found;
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  const run = async (Sql, extra = {}) => {
    const { Id } = await call("ExecuteStatement", { ...where, ...extra, Sql });
    const found = await wait(Id);
    if (found.Status !== "FINISHED") throw new Error(found.Error);
    return found;
  };
  const rows = async (Sql, extra) => (await call("GetStatementResult", { Id: (await run(Sql, extra)).Id })).Records;
  await check("statements: execute and describe", async () => {
    const found = await run("select 1 as a");
    same([true, 1], [found.HasResultSet, found.ResultRows]);
  });
  await run(`create schema ${schema}`);
  await run(`create table ${schema}.r (a int)`);
  const typed = { int2: "longValue", int4: "longValue", int8: "longValue", float4: "doubleValue", float8: "doubleValue", bool: "booleanValue" };
  for (const [name, sql, wanted, kind] of values)
    await check(`values: ${name}`, async () => {
      const { Id } = await run(sql);
      const result = await call("GetStatementResult", { Id });
      same(kind, result.ColumnMetadata[0].typeName);
      const [key] = Object.keys(result.Records[0][0]);
      same(wanted === null ? "isNull" : typed[kind] ?? "stringValue", key);
      if (wanted !== null && !name.startsWith("bigint")) same(wanted, String(result.Records[0][0][key]));
    });
  for (const sql of refused)
    await check(`refused: ${sql}`, async () => {
      const { Id } = await call("ExecuteStatement", { ...where, Sql: sql.replaceAll("T", `${schema}.r`) });
      same("FAILED", (await wait(Id)).Status);
    });
  const t = `${schema}.t`;
  await check("statements: with a semicolon", () => run(`create table ${t} (a int, b varchar(20), c super, d timestamp, e boolean);`));
  await check("statements: parameters", async () => {
    const found = await rows("select :a::int + 1, :b", { Parameters: [{ name: "a", value: "1" }, { name: "b", value: "it's \\ é" }] });
    same([{ longValue: 2 }, { stringValue: "it's \\ é" }], found[0]);
  });
  await check("statements: an error is told", async () => {
    const { Id } = await call("ExecuteStatement", { ...where, Sql: "select * from nowhere" });
    const found = await wait(Id);
    same("FAILED", found.Status);
    if (!found.Error.includes("nowhere")) throw new Error(found.Error);
  });
  await check("statements: a client token runs once", async () => {
    const input = { ...where, Sql: "select 1", ClientToken: `token-${process.pid}` };
    same((await call("ExecuteStatement", input)).Id, (await call("ExecuteStatement", input)).Id);
  });
  await check("batch: one transaction", async () => {
    const { Id } = await call("BatchExecuteStatement", { ...where, Sqls: [`insert into ${t} (a) values (1)`, "select 1/0"] });
    const found = await wait(Id);
    same(["FAILED", 2], [found.Status, found.SubStatements.length]);
    same([{ longValue: 0 }], (await rows(`select count(*) from ${t}`))[0]);
  });
  await check("batch: results of a statement of it", async () => {
    const { Id } = await call("BatchExecuteStatement", { ...where, Sqls: ["select 1", "select 2"] });
    await wait(Id);
    same([[{ longValue: 2 }]], (await call("GetStatementResult", { Id: `${Id}:2` })).Records);
  });
  await check("cursors: pages of 20,000 rows", async () => {
    const { Id } = await run("select n::int, repeat('x', 100) from generate_series(1, 20000) g(n)");
    let [NextToken, count] = [undefined, 0];
    do {
      const page = await call("GetStatementResult", { Id, NextToken });
      count += page.Records.length;
      NextToken = page.NextToken;
    } while (NextToken);
    same(20000, count);
  });
  await check("cursors: the SDK's paginator", async () => {
    const { Id } = await run("select n::int from generate_series(1, 5) g(n)");
    let count = 0;
    for await (const page of data.paginateGetStatementResult({ client }, { Id })) count += page.Records.length;
    same(5, count);
  });
  await check("results: CSV", async () => {
    const { Id } = await run("select 1 as a, 'x,\"y\"' as b, null as c", { ResultFormat: "CSV" });
    const found = await call("GetStatementResultV2", { Id });
    same("CSV", found.ResultFormat);
    same(1, Number(found.TotalNumRows));
    same(["a", "b", "c"], found.ColumnMetadata.map((item) => item.name));
    const text = found.Records.map((item) => item.CSVRecords).join("");
    if (!text.includes('1,"x,""y""",')) throw new Error(text);
    await fails(call("GetStatementResult", { Id }), "ValidationException");
  });
  await check("results: JSON by V2 is refused", async () => {
    const { Id } = await run("select 1");
    await fails(call("GetStatementResultV2", { Id }), "ValidationException");
  });
  await check("results: none of a statement without rows", async () => {
    const { Id } = await run(`insert into ${t} (a) values (9)`);
    await fails(call("GetStatementResult", { Id }), "ResourceNotFoundException");
  });
  await check("sessions: a temporary table is there in the next statement", async () => {
    const first = await run("create temp table s (a int)", { SessionKeepAliveSeconds: 60 });
    if (!first.SessionId) throw new Error("no SessionId");
    const next = await call("ExecuteStatement", { SessionId: first.SessionId, Sql: "insert into s values (5)", SessionKeepAliveSeconds: 60 });
    same(first.SessionId, next.SessionId);
    same("FINISHED", (await wait(next.Id)).Status);
    const last = await call("ExecuteStatement", { SessionId: first.SessionId, Sql: "select a from s" });
    await wait(last.Id);
    same([[{ longValue: 5 }]], (await call("GetStatementResult", { Id: last.Id })).Records);
  });
  await check("sessions: an unknown one is refused", () =>
    fails(call("ExecuteStatement", { SessionId: "11111111-2222-4333-8444-555555555555", Sql: "select 1" }), "ValidationException", "ResourceNotFoundException"));
  await check("cancel: a statement that runs", async () => {
    const { Id } = await call("ExecuteStatement", { ...where, Sql: "select pg_sleep(60)" });
    while ((await call("DescribeStatement", { Id })).Status !== "STARTED") await new Promise((done) => setTimeout(done, 20));
    same(true, (await call("CancelStatement", { Id })).Status);
    same("ABORTED", (await wait(Id)).Status);
  });
  await check("cancel: one that has ended", async () => fails(call("CancelStatement", { Id: (await run("select 1")).Id }), "ValidationException"));
  await check("errors: a malformed id", () => fails(call("DescribeStatement", { Id: "x" }), "ValidationException"));
  await check("errors: an unknown id", () => fails(call("DescribeStatement", { Id: "d9b6c0c9-0747-4bf4-b142-e8883122f766" }), "ResourceNotFoundException"));
  await check("errors: no workgroup", () => fails(call("ExecuteStatement", { Database: "dev", Sql: "select 1" }), "ValidationException"));
  await check("errors: an unknown workgroup", () => fails(call("ExecuteStatement", { ...where, WorkgroupName: "nowhere", Sql: "select 1" }), "ValidationException"));
  await check("metadata: databases", async () => same(true, (await call("ListDatabases", where)).Databases.includes("dev")));
  await check("metadata: schemas", async () => same([schema], (await call("ListSchemas", { ...where, SchemaPattern: schema })).Schemas));
  await check("metadata: tables", async () =>
    same([["r", "TABLE"], ["t", "TABLE"]], (await call("ListTables", { ...where, SchemaPattern: schema })).Tables.map((item) => [item.name, item.type])));
  await check("metadata: describe a table", async () =>
    same([["a", "int4"], ["b", "varchar"], ["c", "super"], ["d", "timestamp"], ["e", "bool"]],
      (await call("DescribeTable", { ...where, Schema: schema, Table: "t" })).ColumnList.map((item) => [item.name, item.typeName])));
  await check("metadata: list statements", async () => same(true, (await call("ListStatements", { Status: "ALL" })).Statements.length > 5));
  const group = new serverless.RedshiftServerlessClient({});
  await check("credentials: of a workgroup", async () => {
    const found = await group.send(new serverless.GetCredentialsCommand({ workgroupName: "default-workgroup", durationSeconds: 900 }));
    const { Client } = require("pg");
    const as = new Client({ user: found.dbUser, password: found.dbPassword, ssl: { rejectUnauthorized: false } });
    delete process.env.PGSSLROOTCERT;
    await as.connect();
    same(found.dbUser, (await as.query("select current_user as u")).rows[0].u);
    await as.end();
  });
  for (const durationSeconds of [10, 899, 3601])
    await check(`credentials: not for ${durationSeconds} s`, () =>
      fails(group.send(new serverless.GetCredentialsCommand({ workgroupName: "default-workgroup", durationSeconds })), "ValidationException"));
  await check("workgroup: its endpoint", async () => {
    const { workgroup } = await group.send(new serverless.GetWorkgroupCommand({ workgroupName: "default-workgroup" }));
    same("AVAILABLE", workgroup.status);
  });
  await run(`drop schema ${schema} cascade`);
}

await (which === "pg" ? pg() : sdk());
