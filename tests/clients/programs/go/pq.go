package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lib/pq"
)

func isRow(c *sql.Conn, wanted, query string, args ...any) error {
	var found sql.NullString
	if err := c.QueryRowContext(context.Background(), query, args...).Scan(&found); err != nil {
		return err
	}
	return same(wanted, found.String)
}

func execAll(c *sql.Conn, queries ...string) error {
	for _, query := range queries {
		if _, err := c.ExecContext(context.Background(), query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
}

func openPq(options string) (*sql.Conn, error) {
	db, err := sql.Open("postgres", url(options))
	if err != nil {
		return nil, err
	}
	return db.Conn(context.Background())
}

func checkPq(known cases) {
	ca := os.Getenv("PGSSLROOTCERT")
	for _, options := range []string{"", "?sslmode=require", "?sslmode=disable", "?sslmode=verify-ca&sslrootcert=" + ca,
		"?sslmode=verify-full&sslrootcert=" + ca, "?binary_parameters=yes", "?application_name=pq"} {
		name := strings.Split(options, "&")[0]
		check("connect: "+strings.TrimPrefix(name+" (default)", "?"), func() error {
			c, err := openPq(options)
			if err != nil {
				return err
			}
			return errors.Join(isRow(c, "7", "select 7"), c.Close())
		})
	}
	check("connect: a wrong password is 28000", func() error {
		c, err := pq.Open(strings.Replace(url(""), os.Getenv("PGPASSWORD"), "wrong", 1))
		if err == nil {
			c.Close()
		}
		return wantState(err, "28000")
	})
	c, err := openPq("")
	if err != nil {
		panic(err)
	}
	if err := execAll(c, "create schema "+schema, "create table "+schema+".r (a int)"); err != nil {
		panic(err)
	}
	for _, value := range known.Values {
		check("values: "+*value[0], func() error {
			rows, err := c.QueryContext(context.Background(), *value[1])
			if err != nil {
				return err
			}
			defer rows.Close()
			kinds, err := rows.ColumnTypes()
			if err != nil || !rows.Next() {
				return errors.Join(errors.New("no row"), err, rows.Err())
			}
			_ = kinds[0].DatabaseTypeName()
			found := make([]any, len(kinds))
			places := make([]any, len(kinds))
			for i := range found {
				places[i] = &found[i]
			}
			if err := rows.Scan(places...); err != nil {
				return err
			}
			if value[2] == nil {
				return same(true, found[0] == nil)
			}
			return pqValue(*value[2], found[0])
		})
	}
	for _, query := range known.Refused {
		check("refused: "+query, func() error {
			err := execAll(c, strings.ReplaceAll(query, "T", schema+".r"))
			if wrong := wantState(err, "0A000", "42601", "42883", "42704"); wrong != nil {
				return wrong
			}
			return isRow(c, "1", "select 1")
		})
	}
	pqStatements(c)
	if err := execAll(c, "drop schema "+schema+" cascade"); err != nil {
		panic(err)
	}
}

func pqValue(wanted string, found any) error {
	switch value := found.(type) {
	case []byte:
		return same(wanted, string(value))
	case time.Time:
		for _, layout := range []string{"2006-01-02", "2006-01-02 15:04:05.999", "2006-01-02 15:04:05Z07", "15:04:05", "15:04:05Z07"} {
			if strings.ReplaceAll(value.UTC().Format(layout), "Z", "+00") == wanted {
				return nil
			}
		}
		return fmt.Errorf("wanted %s, found %v", wanted, value)
	}
	return same(wanted, found)
}

func pqStatements(c *sql.Conn) {
	back := context.Background()
	t := schema + ".t"
	check("statements: parameters of every kind", func() error {
		return isRow(c, "2 it's \\ é 2024-02-29 t", "select ($1::int + 1)::varchar || ' ' || $2::varchar || ' ' || $3::date::varchar || ' ' || case when $4::boolean then 't' else 'f' end",
			1, "it's \\ é", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), true)
	})
	for _, kind := range []string{"int", "varchar(5)", "date", "timestamp", "float8", "boolean", "decimal(8,2)"} {
		check("statements: a null parameter of "+kind, func() error { return isRow(c, "", "select ($1::"+kind+")::varchar(30)", nil) })
	}
	for _, query := range []string{"create table " + t + " (a int, b varchar(20));", "alter table " + t + " add column c int;",
		"create view " + schema + ".v as select 1 a with no schema binding;", "drop view " + schema + ".v;"} {
		check("statements: with its semicolon: "+strings.Split(query, " "+schema)[0], func() error { return execAll(c, query) })
	}
	for _, query := range []string{"", "-- nothing", ";"} {
		check(fmt.Sprintf("statements: nothing %q", query), func() error { return execAll(c, query) })
	}
	check("statements: row counts", func() error {
		done, err := c.ExecContext(back, "insert into "+t+" values (1, 'x', 2), (2, 'y', 3)")
		if err != nil {
			return err
		}
		count, err := done.RowsAffected()
		return errors.Join(err, same(2, count))
	})
	check("prepared: 300 kept open", func() error {
		var open []*sql.Stmt
		for i := range 300 {
			stmt, err := c.PrepareContext(back, fmt.Sprintf("select %d + $1::int", i))
			if err != nil {
				return err
			}
			open = append(open, stmt)
		}
		for i, stmt := range open {
			var found int
			if err := errors.Join(stmt.QueryRow(1).Scan(&found), same(i+1, found), stmt.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	check("transactions: rollback and commit", func() error {
		for _, commit := range []bool{false, true} {
			tx, err := c.BeginTx(back, nil)
			if err != nil {
				return err
			}
			if _, err := tx.Exec("insert into "+t+" values ($1)", 7); err != nil {
				return err
			}
			if commit {
				err = tx.Commit()
			} else {
				err = tx.Rollback()
			}
			if err != nil {
				return err
			}
		}
		return isRow(c, "1", "select count(*) from "+t+" where a = 7")
	})
	check("transactions: an error fails the rest", func() error {
		tx, err := c.BeginTx(back, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		_, first := tx.Exec("select nope")
		_, second := tx.Exec("select 1")
		return errors.Join(wantState(first, "42703"), wantState(second, "25P02"))
	})
	check("transactions: serializable, read only", func() error {
		tx, err := c.BeginTx(back, &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
		if err != nil {
			return err
		}
		return tx.Commit()
	})
	check("cursors: 20,000 rows", func() error {
		rows, err := c.QueryContext(back, "select n::int, 'text ' || n from generate_series(1, 20000) g(n)")
		if err != nil {
			return err
		}
		defer rows.Close()
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
	check("cancel: hits its own statement", func() error {
		for range 5 {
			short, stop := context.WithTimeout(back, 150*time.Millisecond)
			_, err := c.ExecContext(short, "select pg_sleep(60)")
			stop()
			if err == nil {
				return errors.New("not cancelled")
			}
			other, err := openPq("")
			if err != nil {
				return err
			}
			for i := range 100 {
				if err := isRow(other, fmt.Sprint(i), fmt.Sprintf("select %d", i)); err != nil {
					return err
				}
			}
			other.Close()
			if c.PingContext(back) != nil {
				*c = *mustOpen()
			}
		}
		return nil
	})
	for _, known := range [][2]string{{"select * from nowhere", "42P01"}, {"selec 1", "42601"}, {"select 'x'::int", "22P02"}, {"select 1/0", "22012"}, {"select nope", "42703"}} {
		check("errors: "+known[0], func() error {
			return errors.Join(wantState(execAll(c, known[0]), known[1]), isRow(c, "1", "select 1"))
		})
	}
	check("errors: COPY FROM STDIN is refused, the session lives", func() error {
		tx, err := c.BeginTx(back, nil)
		if err != nil {
			return err
		}
		_, err = tx.Prepare(pq.CopyInSchema(schema, "t", "a"))
		tx.Rollback()
		if err == nil {
			return errors.New("accepted")
		}
		return isRow(c, "1", "select 1")
	})
}

func mustOpen() *sql.Conn {
	c, err := openPq("")
	if err != nil {
		panic(err)
	}
	return c
}
