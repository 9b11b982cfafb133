// Small named checks of one Go driver against the sandbox's Redshift: checks pgx|pq CASES_FILE.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
)

type cases struct {
	Values  [][]*string `json:"values"`
	Refused []string    `json:"refused"`
}

// Schema is where the checks of this run keep their tables.
var schema = fmt.Sprintf("go%d", time.Now().UnixNano()%1000000)

func check(name string, body func() error) {
	failure := func() (failure error) {
		defer func() {
			if r := recover(); r != nil {
				failure = fmt.Errorf("panic: %v", r)
			}
		}()
		return body()
	}()
	if failure == nil {
		fmt.Printf("ok\t%s\n", name)
	} else if strings.Contains(failure.Error(), "is not supported in the sandbox") {
		fmt.Printf("refused\t%s\t%s\n", name, oneLine(failure))
	} else {
		fmt.Printf("FAIL\t%s\t%s\n", name, oneLine(failure))
	}
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }

func same(wanted, found any) error {
	if fmt.Sprint(wanted) != fmt.Sprint(found) {
		return fmt.Errorf("wanted <%v>, found <%v>", wanted, found)
	}
	return nil
}

// State is the SQLSTATE of a driver's error.
func state(err error) string {
	var ofPgx *pgconn.PgError
	var ofPq *pq.Error
	if errors.As(err, &ofPgx) {
		return ofPgx.Code
	}
	if errors.As(err, &ofPq) {
		return string(ofPq.Code)
	}
	return fmt.Sprintf("no state: %v", err)
}

func wantState(err error, states ...string) error {
	if err == nil {
		return errors.New("accepted")
	}
	for _, wanted := range states {
		if state(err) == wanted {
			return nil
		}
	}
	return fmt.Errorf("state %s: %w", state(err), err)
}

func url(options string) string {
	return fmt.Sprintf("postgres://%s:%s@%s:%s/%s%s", os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"),
		os.Getenv("PGHOST"), os.Getenv("PGPORT"), os.Getenv("PGDATABASE"), options)
}

func main() {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	var known cases
	if err := json.Unmarshal(text, &known); err != nil {
		panic(err)
	}
	if os.Args[1] == "pgx" {
		checkPgx(known)
	} else {
		checkPq(known)
	}
}
