package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var ctx = context.Background()

func one(c *pgx.Conn, sql string, args ...any) (found string, err error) {
	var value any
	if err = c.QueryRow(ctx, sql, args...).Scan(&value); err != nil {
		return "", err
	}
	return fmt.Sprint(value), nil
}

func is(c *pgx.Conn, wanted string, sql string, args ...any) error {
	found, err := one(c, sql, args...)
	if err != nil {
		return err
	}
	return same(wanted, found)
}

func run(c *pgx.Conn, sqls ...string) error {
	for _, sql := range sqls {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

func checkPgx(known cases) {
	open := func(options string) (*pgx.Conn, error) { return pgx.Connect(ctx, url(options)) }
	connects := func(name, options string) {
		check("connect: "+name, func() error {
			c, err := open(options)
			if err != nil {
				return err
			}
			defer c.Close(ctx)
			return is(c, "7", "select 7")
		})
	}
	ca := os.Getenv("PGSSLROOTCERT")
	connects("default", "")
	connects("sslmode=require", "?sslmode=require")
	connects("sslmode=prefer", "?sslmode=prefer")
	connects("sslmode=disable", "?sslmode=disable")
	connects("sslmode=verify-ca", "?sslmode=verify-ca&sslrootcert="+ca)
	connects("sslmode=verify-full", "?sslmode=verify-full&sslrootcert="+ca)
	connects("simple protocol", "?default_query_exec_mode=simple_protocol")
	connects("exec mode", "?default_query_exec_mode=exec")
	connects("describe mode", "?default_query_exec_mode=describe_exec")
	check("connect: a wrong password is 28000", func() error {
		_, err := pgx.Connect(ctx, strings.Replace(url(""), os.Getenv("PGPASSWORD"), "wrong", 1))
		return wantState(err, "28000")
	})
	check("connect: search_path at startup", func() error {
		c, err := open("?search_path=a,b")
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		return is(c, "a,b", "show search_path")
	})
	check("connect: statement_timeout at startup", func() error {
		c, err := open("?statement_timeout=300")
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		return wantState(run(c, "select pg_sleep(60)"), "57014")
	})
	c, err := open("")
	if err != nil {
		panic(err)
	}
	if err := run(c, "create schema "+schema, "create table "+schema+".r (a int)"); err != nil {
		panic(err)
	}
	for _, value := range known.Values {
		check("values: "+*value[0], func() error { return pgxValue(c, *value[1], value[2], *value[3]) })
		check("values by the simple protocol: "+*value[0], func() error {
			results, err := c.PgConn().Exec(ctx, *value[1]).ReadAll()
			if err != nil {
				return err
			}
			return sameText(value[2], results[0].Rows[0][0])
		})
	}
	for _, sql := range known.Refused {
		check("refused: "+sql, func() error {
			err := run(c, strings.ReplaceAll(sql, "T", schema+".r"))
			if wrong := wantState(err, "0A000", "42601", "42883", "42704"); wrong != nil {
				return wrong
			}
			return is(c, "1", "select 1")
		})
	}
	pgxStatements(c)
	pgxTransactions(c)
	pgxCancels(c, open)
	if err := run(c, "drop schema "+schema+" cascade"); err != nil {
		panic(err)
	}
}

func sameText(wanted *string, found []byte) error {
	if wanted == nil || found == nil {
		return same(wanted == nil, found == nil)
	}
	if *wanted == "true" && string(found) == "t" {
		return nil
	}
	return same(*wanted, string(found))
}

// Redshift's own types are text to pgx, which knows them by no name.
func pgxValue(c *pgx.Conn, sql string, wanted *string, kind string) error {
	rows, err := c.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(errors.New("no row"), rows.Err())
	}
	oids := map[string]uint32{"super": 4000, "varbyte": 6551, "int2": 21, "int4": 23, "int8": 20, "numeric": 1700, "bool": 16,
		"float4": 700, "float8": 701, "bpchar": 1042, "varchar": 1043, "date": 1082, "time": 1083, "timetz": 1266,
		"timestamp": 1114, "timestamptz": 1184}
	if err := same(oids[kind], rows.FieldDescriptions()[0].DataTypeOID); err != nil {
		return err
	}
	var found pgtype.Text
	switch kind {
	case "super", "varbyte", "varchar", "bpchar":
		if len(rows.FieldDescriptions()) > 1 {
			return errors.New("one column is expected")
		}
		if err := rows.Scan(&found); err != nil {
			return err
		}
		if !found.Valid {
			return same(wanted == nil, true)
		}
		return same(*wanted, found.String)
	}
	values, err := rows.Values()
	if err != nil {
		return err
	}
	return same(wanted == nil, values[0] == nil)
}

func pgxStatements(c *pgx.Conn) {
	t := schema + ".t"
	check("statements: parameters of every kind", func() error {
		var i int
		var s string
		var d time.Time
		var f float64
		var b bool
		err := c.QueryRow(ctx, "select $1::int + 1, $2::varchar(40), $3::date, $4::float8, $5::boolean", 1, "it's \\ é",
			time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), 0.5, true).Scan(&i, &s, &d, &f, &b)
		if err != nil {
			return err
		}
		return same("2 it's \\ é 2024-02-29 0.5 true", fmt.Sprint(i, " ", s, " ", d.Format("2006-01-02"), " ", f, " ", b))
	})
	for _, kind := range []string{"int", "bigint", "varchar(5)", "date", "timestamp", "float8", "boolean", "decimal(8,2)"} {
		check("statements: a null parameter of "+kind, func() error {
			var found *string
			if err := c.QueryRow(ctx, "select ($1::"+kind+")::varchar(30)", nil).Scan(&found); err != nil {
				return err
			}
			return same(true, found == nil)
		})
	}
	for _, sql := range []string{"create table " + t + " (a int, b varchar(20));", "alter table " + t + " add column c int;",
		"create view " + schema + ".v as select 1 a with no schema binding;", "drop view " + schema + ".v;"} {
		check("statements: with its semicolon: "+strings.Split(sql, " "+schema)[0], func() error { return run(c, sql) })
	}
	for _, sql := range []string{"", "-- nothing", "/* nothing */", ";"} {
		check(fmt.Sprintf("statements: nothing %q", sql), func() error { return run(c, sql) })
	}
	check("statements: row counts", func() error {
		tag, err := c.Exec(ctx, "insert into "+t+" values (1, 'x', 2), (2, 'y', 3)")
		if err != nil {
			return err
		}
		return same("INSERT 0 2", tag.String())
	})
	for _, alter := range []string{"alter column b encode zstd", "alter encode auto", "alter diststyle even", "alter sortkey (a)"} {
		check("statements: "+alter, func() error { return errors.Join(run(c, "alter table "+t+" "+alter), is(c, "1", "select 1")) })
	}
	check("batch: truncate, insert, count", func() error {
		batch := &pgx.Batch{}
		batch.Queue("truncate " + t)
		batch.Queue("insert into " + t + " values (1)")
		batch.Queue("select count(*) from " + t)
		results := c.SendBatch(ctx, batch)
		defer results.Close()
		for range 2 {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		var count int
		if err := results.QueryRow().Scan(&count); err != nil {
			return err
		}
		return same(1, count)
	})
	check("batch: an error is its own, and the batch is taken back", func() error {
		batch := &pgx.Batch{}
		batch.Queue("insert into " + t + " values (2)")
		batch.Queue("select 1/0")
		results := c.SendBatch(ctx, batch)
		_, first := results.Exec()
		_, second := results.Exec()
		results.Close()
		return errors.Join(first, wantState(second, "22012"), is(c, "1", "select count(*) from "+t))
	})
	check("batch: 500 inserts with parameters", func() error {
		batch := &pgx.Batch{}
		for i := range 500 {
			batch.Queue("insert into "+t+" values ($1, $2)", i, fmt.Sprint("row ", i))
		}
		if err := c.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return is(c, "501", "select count(*) from "+t)
	})
	check("batch: several statements in one simple query", func() error {
		results, err := c.PgConn().Exec(ctx, "create temp table q (i int); insert into q values (1); select i from q; drop table q").ReadAll()
		if err != nil {
			return err
		}
		return same("4 1", fmt.Sprint(len(results), " ", string(results[2].Rows[0][0])))
	})
	check("prepared: 300 kept open", func() error {
		for i := range 300 {
			if _, err := c.Prepare(ctx, fmt.Sprint("s", i), fmt.Sprintf("select %d + $1::int", i)); err != nil {
				return err
			}
		}
		for i := range 300 {
			if err := is(c, fmt.Sprint(i+1), fmt.Sprint("s", i), 1); err != nil {
				return err
			}
		}
		return c.DeallocateAll(ctx)
	})
	check("prepared: PREPARE and EXECUTE", func() error {
		return errors.Join(run(c, "prepare pp (int) as select $1 + 1"), is(c, "5", "execute pp(4)"), run(c, "deallocate pp"))
	})
	check("cursors: 20,000 rows", func() error {
		rows, err := c.Query(ctx, "select n::int as n, 'text ' || n from generate_series(1, 20000) g(n)")
		if err != nil {
			return err
		}
		count, sum := 0, 0
		for rows.Next() {
			var n int
			var s string
			if err := rows.Scan(&n, &s); err != nil {
				return err
			}
			count, sum = count+1, sum+n
		}
		return errors.Join(rows.Err(), same("20000 200010000", fmt.Sprint(count, " ", sum)))
	})
	check("cursors: DECLARE and FETCH", func() error {
		tx, err := c.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		if _, err := tx.Exec(ctx, "declare cur cursor for select n::int from generate_series(1, 100) g(n)"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "fetch forward 30 from cur")
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[int])
		return errors.Join(err, same(30, len(all)))
	})
	check("errors: COPY FROM STDIN is refused, the session lives", func() error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{schema, "t"}, []string{"a"}, pgx.CopyFromRows([][]any{{1}}))
		if err == nil {
			return errors.New("accepted")
		}
		return is(c, "1", "select 1")
	})
	for _, known := range [][2]string{{"select * from nowhere", "42P01"}, {"selec 1", "42601"}, {"select 'x'::int", "22P02"}, {"select 1/0", "22012"}, {"select nope", "42703"}} {
		check("errors: "+known[0], func() error { return errors.Join(wantState(run(c, known[0]), known[1]), is(c, "1", "select 1")) })
	}
}

func pgxTransactions(c *pgx.Conn) {
	t := schema + ".tx"
	check("transactions: rollback and commit", func() error {
		if err := run(c, "create table "+t+" (a int)"); err != nil {
			return err
		}
		for _, end := range []string{"rollback", "commit"} {
			if err := run(c, "begin", "insert into "+t+" values (1)", end); err != nil {
				return err
			}
		}
		return is(c, "1", "select count(*) from "+t)
	})
	check("transactions: an error fails the rest", func() error {
		tx, err := c.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		_, first := tx.Exec(ctx, "select nope")
		_, second := tx.Exec(ctx, "select 1")
		return errors.Join(wantState(first, "42703"), wantState(second, "25P02"))
	})
	check("transactions: options", func() error {
		tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly})
		if err != nil {
			return err
		}
		return tx.Commit(ctx)
	})
}

func pgxCancels(c *pgx.Conn, open func(string) (*pgx.Conn, error)) {
	check("cancel: hits its own statement", func() error {
		for range 5 {
			other, err := open("")
			if err != nil {
				return err
			}
			go func() { time.Sleep(100 * time.Millisecond); other.PgConn().CancelRequest(ctx) }()
			if err := wantState(run(other, "select pg_sleep(60)"), "57014"); err != nil {
				return err
			}
			for i := range 200 {
				if err := is(other, fmt.Sprint(i), fmt.Sprintf("select %d", i)); err != nil {
					return err
				}
			}
			other.Close(ctx)
		}
		return nil
	})
	check("cancel: a context with a deadline", func() error {
		other, err := open("")
		if err != nil {
			return err
		}
		short, stop := context.WithTimeout(ctx, 200*time.Millisecond)
		defer stop()
		_, err = other.Exec(short, "select pg_sleep(60)")
		if err == nil || (!errors.Is(err, context.DeadlineExceeded) && !pgconn.Timeout(err)) {
			return fmt.Errorf("no timeout: %v", err)
		}
		return nil
	})
	check("sessions: twenty at once", func() error {
		var wait sync.WaitGroup
		failures := make([]error, 20)
		for n := range 20 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				other, err := open("")
				if err != nil {
					failures[n] = err
					return
				}
				defer other.Close(ctx)
				for i := range 20 {
					failures[n] = errors.Join(failures[n], is(other, fmt.Sprint(i*n), "select $1::int * $2::int", i, n))
				}
			}()
		}
		wait.Wait()
		return errors.Join(failures...)
	})
}
