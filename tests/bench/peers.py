#!/usr/bin/env python3
"""Measures others at psherald's job, with the same records on the same machine, and psherald between them.

    peers.py BUILD FRAMES [ROUNDS]

BUILD has the programs (build/release), FRAMES is what make_frames.py wrote. Each peer that is installed gets its turn in each
round: rsyslog and syslog-ng to a file, PostgreSQL by COPY of 5,000 rows, SQLite with the flat table of ps.herald, and lnav, which
loads a file anew at each start. Rates are of records that are on the disk, unless the line says otherwise; ratios are to psherald
in the same round. Then the same questions, asked in each one's own way.
"""
import contextlib
import os
import pickle
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

COLUMNS = ("name levelno levelname pathname filename module lineno funcName created msecs relativeCreated thread threadName processName process msg exc_text stack_info "
           "PRODUKT_ID SYSTEM_ID SUB_SYSTEM_ID SUB_SUB_SYSTEM_ID USER_SPEC_1 USER_SPEC_2 PACKAGE_VERSION api_version asctime args exc_info summary taskName").split()
SENDERS, TIMES = 4, 5  # what goes over TCP is sent so often


def read_frames(path):
    """The file's bytes, and where each frame begins."""
    with open(path, "rb") as file:
        data = file.read()
    begins = []
    at = 0
    while at < len(data):
        begins.append(at)
        at += 4 + struct.unpack_from(">L", data, at)[0]
    return data, begins + [len(data)]


def line_of(record):
    """RFC 5424, with the traceback in one line."""
    text = "%s %s:%s %s" % (record["levelname"], record["name"], record["lineno"], record["msg"])
    if record.get("exc_text"):
        text += "\\n" + record["exc_text"]
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record["created"]))
    return "<14>1 %s %s %s - - - %s" % (stamp, record.get("SUB_SYSTEM_ID") or "-", record.get("SYSTEM_ID") or "-", text.replace("\n", "\\n"))


def send(port, parts):
    def send_part(part):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(TIMES):
                connection.sendall(part)

    threads = [threading.Thread(target=send_part, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_until(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("waited in vain")
        time.sleep(0.01)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port():
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return any_socket.getsockname()[1]


@contextlib.contextmanager
def running(command, port, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        wait_until(lambda: listens(port), 60)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


class Bench:
    def __init__(self, build, frames, folder):
        self.build, self.folder = build, folder
        self.data, self.begins = read_frames(frames)
        self.count = len(self.begins) - 1
        self.records = [pickle.loads(self.data[begin + 4:end]) for begin, end in zip(self.begins, self.begins[1:])]
        lines = [line_of(record) for record in self.records]
        self.lines = ["\n".join(lines[part::SENDERS]).encode() + b"\n" for part in range(SENDERS)]
        self.rows = [tuple(record.get(column) if isinstance(record.get(column), (int, float)) else str(record.get(column)) for column in COLUMNS) for record in self.records]

    def file(self, name):
        return os.path.join(self.folder, name)

    def psherald(self):
        database, port = self.file("log.sqlite"), free_port()
        for name in os.listdir(self.folder):
            if name.startswith("log.sqlite"):
                os.unlink(self.file(name))
        cuts = [self.begins[self.count * part // SENDERS] for part in range(SENDERS)] + [len(self.data)]
        parts = [self.data[begin:end] for begin, end in zip(cuts, cuts[1:])]
        command = [os.path.join(self.build, "tools", "ps_bridge"), "--database", database, "--listen", "127.0.0.1:%d" % port]
        with running(command, port, cwd=self.folder):
            with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % database, uri=True)) as connection:
                begin = time.perf_counter()
                send(port, parts)
                wait_until(lambda: connection.execute("SELECT max(id) FROM entry").fetchone()[0] >= TIMES * self.count)
                seconds = time.perf_counter() - begin
        return seconds, os.path.getsize(database), TIMES * self.count

    def to_file(self, command, port, output):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(output)
        with running(command, port):
            begin = time.perf_counter()
            send(port, self.lines)
            wanted = TIMES * self.count
            seen = size = 0
            while seen < wanted:  # only what is new is read
                time.sleep(0.01)
                if os.path.exists(output):
                    with open(output, "rb") as file:
                        file.seek(size)
                        new = file.read()
                    seen, size = seen + new.count(b"\n"), size + len(new)
                if time.perf_counter() - begin > 300:
                    raise RuntimeError("lines are missing: %d of %d" % (seen, wanted))
            return time.perf_counter() - begin, size, wanted

    def rsyslog(self):
        port, output = free_port(), self.file("rsyslog.out")
        os.makedirs(self.file("rsyslog"), exist_ok=True)
        with open(self.file("rsyslog.conf"), "w", encoding="utf-8") as file:
            file.write('module(load="imtcp" maxSessions="50")\n'
                       'global(workDirectory="%s" maxMessageSize="16k")\n'
                       'main_queue(queue.size="200000" queue.dequeueBatchSize="2000" queue.workerThreads="1" queue.type="LinkedList" queue.timeoutEnqueue="100000")\n'
                       'template(name="raw" type="string" string="%%timestamp:::date-rfc3339%% %%hostname%% %%syslogtag%%%%msg%%\\n")\n'
                       'input(type="imtcp" port="%d" address="127.0.0.1")\n'
                       'action(type="omfile" file="%s" template="raw" sync="on" flushOnTXEnd="on" ioBufferSize="256k")\n' % (self.file("rsyslog"), port, output))
        return self.to_file(["rsyslogd", "-n", "-f", self.file("rsyslog.conf"), "-i", self.file("rsyslog.pid")], port, output)

    def syslog_ng(self):
        port, output = free_port(), self.file("syslog-ng.out")
        with open(self.file("syslog-ng.conf"), "w", encoding="utf-8") as file:
            file.write('@version: 3.38\noptions { flush_lines(1000); log_msg_size(16384); keep_hostname(yes); use_dns(no); stats_freq(0); threaded(yes); };\n'
                       'source s_net { tcp(ip("127.0.0.1") port(%d) flags(syslog-protocol) max_connections(50) log_iw_size(200000) log_fetch_limit(1000)); };\n'
                       'destination d_file { file("%s" template("${ISODATE} ${HOST} ${PROGRAM} ${MSG}\\n") log_fifo_size(300000)); };\n'
                       'log { source(s_net); destination(d_file); flags(flow-control); };\n' % (port, output))
        control = [word for name in ("persist-file", "pidfile", "control") for word in ("--" + name, self.file("syslog-ng." + name))]
        return self.to_file(["syslog-ng", "-F", "-f", self.file("syslog-ng.conf"), "--no-caps", *control], port, output)

    def flat_sqlite(self):
        database = self.file("flat.sqlite")
        for name in (database, database + "-wal", database + "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("CREATE TABLE log(id INTEGER PRIMARY KEY, %s)" % ", ".join(COLUMNS))
            begin = time.perf_counter()
            for at in range(0, self.count, 5000):
                connection.execute("BEGIN")
                connection.executemany("INSERT INTO log(%s) VALUES(%s)" % (", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))), self.rows[at:at + 5000])
                connection.execute("COMMIT")
            seconds = time.perf_counter() - begin
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return seconds, os.path.getsize(database), self.count

    def psql(self, *arguments, **options):
        return subprocess.run(["runuser", "-u", "postgres", "--", os.path.join(self.postgres_programs, "psql"), "-qAt", "-h", self.file("pg"), "-p", "5999", "-d", "postgres", *arguments],
                              check=True, capture_output=True, **options).stdout

    @contextlib.contextmanager
    def postgres_server(self, programs):
        self.postgres_programs = programs
        folder = self.file("pg")
        os.makedirs(folder)
        shutil.chown(folder, "postgres")
        as_postgres = ["runuser", "-u", "postgres", "--"]
        subprocess.run([*as_postgres, os.path.join(programs, "initdb"), "-D", folder + "/data"], check=True, capture_output=True)
        control = [*as_postgres, os.path.join(programs, "pg_ctl"), "-D", folder + "/data", "-w", "-l", folder + "/log"]
        subprocess.run([*control, "-o", "-p 5999 -k %s -c listen_addresses='' -c max_wal_size=4GB" % folder, "start"], check=True, capture_output=True)
        try:
            yield
        finally:
            subprocess.run([*control, "stop"], check=True, capture_output=True)

    def postgres(self):
        numbers = {"levelno", "lineno", "created", "msecs", "relativeCreated", "thread", "process"}
        self.psql("-c", "DROP TABLE IF EXISTS log", "-c", "CREATE TABLE log(id bigserial PRIMARY KEY, %s)" %
                  ", ".join("%s %s" % (column, "double precision" if column in numbers else "text") for column in COLUMNS))
        text = []
        for at in range(0, self.count, 5000):
            text.append("COPY log(%s) FROM STDIN;" % ", ".join(COLUMNS))
            for row in self.rows[at:at + 5000]:
                text.append("\t".join(str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\0", "") for value in row))
            text.append("\\.")
        script = ("\n".join(text) + "\n").encode()
        begin = time.perf_counter()
        self.psql("-f", "-", input=script)
        seconds = time.perf_counter() - begin
        return seconds, int(self.psql("-c", "SELECT pg_total_relation_size('log')")), self.count

    def lnav(self):
        """Loads the lines and searches them: at each start anew."""
        path = self.file("lines.log")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                for record in self.records:
                    file.write("%s,000 %s %s: %s\n" % (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(record["created"])), record["levelname"], record["name"], record["msg"].replace("\n", " ")))
        begin = time.perf_counter()
        subprocess.run(["lnav", "-n", "-c", ":filter-in nowhere-to-be-found", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
                       env=dict(os.environ, HOME=self.folder, TERM="dumb"))
        return time.perf_counter() - begin, os.path.getsize(path), self.count

    # What each is asked, by its own means.

    def ask_psherald(self, *words):
        return timed(lambda: subprocess.run([os.path.join(self.build, "tools", "psherald"), *words[:1], "--database", self.file("log.sqlite"), *words[1:]],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False))

    def ask_file(self, path, *command):
        return timed(lambda: subprocess.run([*command, path], stdout=subprocess.DEVNULL, check=False))

    def ask_flat(self, sql):
        with contextlib.closing(sqlite3.connect(self.file("flat.sqlite"))) as connection:
            return timed(lambda: connection.execute(sql).fetchall())

    def ask_postgres(self, sql):
        return timed(lambda: self.psql("-c", sql))


def timed(work, times=5):
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds) * 1e3


QUESTIONS = (
    ("newest 50", ("query",), "SELECT * FROM log ORDER BY id DESC LIMIT 50", ("tail", "-n50")),
    ("newest 50 errors of a system", ("query", "level>=error system:SYS_00"), "SELECT * FROM log WHERE levelno >= 40 AND SYSTEM_ID = 'SYS_00' ORDER BY id DESC LIMIT 50", None),
    ("a text that is nowhere", ("query", "nowhere-to-be-found"), "SELECT * FROM log WHERE msg LIKE '%nowhere-to-be-found%' OR exc_text LIKE '%nowhere-to-be-found%'", ("grep", "-F", "nowhere-to-be-found")),
    ("count of errors", ("count", "level>=error"), "SELECT count(*) FROM log WHERE levelno >= 40", ("grep", "-cE", " (ERROR|CRITICAL) ")),
    ("records by system", ("top", "system"), "SELECT SYSTEM_ID, count(*) FROM log GROUP BY SYSTEM_ID", None))


def main():
    build, frames = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    folder = tempfile.mkdtemp(prefix="psherald-peers-", dir="/var/tmp")
    os.chmod(folder, 0o755)
    postgres = sorted(os.path.join("/usr/lib/postgresql", name, "bin") for name in (os.listdir("/usr/lib/postgresql") if os.path.isdir("/usr/lib/postgresql") else ()))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        bench = Bench(build, frames, folder)
        print("%d records, medians of %d rounds" % (bench.count, rounds))
        if postgres:
            stack.enter_context(bench.postgres_server(postgres[-1]))
        peers = [("psherald, TCP", bench.psherald, True), ("rsyslog, TCP, sync=on", bench.rsyslog, shutil.which("rsyslogd")),
                 ("syslog-ng, TCP, not synced", bench.syslog_ng, shutil.which("syslog-ng")), ("PostgreSQL, COPY", bench.postgres, postgres),
                 ("SQLite, flat table", bench.flat_sqlite, True), ("lnav, load and search", bench.lnav, shutil.which("lnav"))]
        figures = {name: [] for name, _, there in peers if there}
        for _ in range(rounds):
            for name, measure, there in peers:
                if there:
                    figures[name].append(measure())
        rates = {name: [records / seconds for seconds, _, records in values] for name, values in figures.items()}
        for name, values in figures.items():
            ratio = statistics.median(rate / own for own, rate in zip(rates[peers[0][0]], rates[name]))
            print("  %-28s %9.0f records/s   %5.2f of psherald   %4.0f bytes a record" % (name, statistics.median(rates[name]), ratio, values[-1][1] / values[-1][2]))
        print("\n  ms, from the command line  %34s %10s %10s %10s" % ("psherald", "PostgreSQL", "flat", "file"))
        lines = next((bench.file(name) for name in ("rsyslog.out", "syslog-ng.out", "lines.log") if os.path.exists(bench.file(name))), None)
        for name, words, sql, command in QUESTIONS:
            print("  %-30s %30.1f %10s %10.1f %10s" % (name, bench.ask_psherald(*words), "%.1f" % bench.ask_postgres(sql) if postgres else "-", bench.ask_flat(sql),
                                                       "%.1f" % bench.ask_file(lines, *command) if command and lines else "-"))


if __name__ == "__main__":
    main()
