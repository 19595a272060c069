// sqlite: the same sales kept by SQLite in WAL mode, synchronous FULL: one transaction a sale, one row a line.
//
//   sqlite DATABASE SALES [LINES_A_SALE]
//
// A sale is one row of the stub (as wide as ours: about 180 bytes), one row a line (about 120 bytes), and one for the
// tender. Prints one JSON line; times are microseconds.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static sqlite3 *database;

static void check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
  exit(2);
}

static sqlite3_stmt *prepare(const char *text) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v2(database, text, -1, &statement, NULL));
  return statement;
}

static void run(sqlite3_stmt *statement) {
  check(sqlite3_step(statement));
  sqlite3_reset(statement);
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: sqlite DATABASE SALES [LINES_A_SALE]\n");
    return 64;
  }
  long sales = atol(arguments[2]);
  int lines = count > 3 ? atoi(arguments[3]) : 20;
  check(sqlite3_open(arguments[1], &database));
  check(sqlite3_exec(database,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE stub(number INTEGER PRIMARY KEY, at INT, lane TEXT, operator TEXT, total INT, body TEXT);"
                     "CREATE TABLE line(stub INT, position INT, code TEXT, name TEXT, quantity INT, price INT, amount INT,"
                     " tax INT, PRIMARY KEY(stub, position)) WITHOUT ROWID;"
                     "CREATE TABLE tender(stub INT PRIMARY KEY, kind TEXT, asked INT, approved INT, change INT);",
                     NULL, NULL, NULL));
  sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
  sqlite3_stmt *stub = prepare("INSERT INTO stub VALUES(?,?,'lane-1','cashier-07',?,?)");
  sqlite3_stmt *line = prepare("INSERT INTO line VALUES(?,?,?,?,1000,1250,1250,144)");
  sqlite3_stmt *tender = prepare("INSERT INTO tender VALUES(?,'cash',25000,25000,0)");
  char body[128];
  memset(body, 'x', sizeof body);
  double *sample = malloc((size_t)sales * sizeof *sample), began = now();
  for (long sale = 1; sale <= sales; sale++) {
    double start = now();
    run(begin);
    sqlite3_bind_int64(stub, 1, sale);
    sqlite3_bind_int64(stub, 2, 1700000000000 + sale);
    sqlite3_bind_int64(stub, 3, 25000);
    sqlite3_bind_text(stub, 4, body, sizeof body, SQLITE_STATIC);
    run(stub);
    for (int position = 0; position < lines; position++) {
      sqlite3_bind_int64(line, 1, sale);
      sqlite3_bind_int(line, 2, position);
      sqlite3_bind_text(line, 3, "6901234567892", -1, SQLITE_STATIC);
      sqlite3_bind_text(line, 4, "农夫山泉饮用天然水 550ml", -1, SQLITE_STATIC);
      run(line);
    }
    sqlite3_bind_int64(tender, 1, sale);
    run(tender);
    run(commit);
    sample[sale - 1] = now() - start;
  }
  double took = now() - began;
  qsort(sample, (size_t)sales, sizeof *sample, by_value);
  printf("{\"sales\":%ld,\"lines\":%d,\"per_second\":%.1f,\"p50\":%.2f,\"p99\":%.2f}\n", sales, lines, (double)sales / took,
         sample[sales / 2] * 1e6, sample[(size_t)((double)sales * .99)] * 1e6);
  sqlite3_close(database);
  return 0;
}
