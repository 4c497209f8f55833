#!/usr/bin/env python3
"""Runs the standard scenario set of mqttload against one or several brokers.

The brokers are given as command templates and are run one at a time, interleaved
(A B A B ...), each round in a fresh process. See README.md."""
import argparse, json, os, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD", os.path.join(HERE, "..", "..", "artifacts"))
GEN = os.environ.get("MQTTLOAD", os.path.join(BUILD, "load", "mqttload"))

# name, kind, fresh broker process, arguments. kind: flow, lat, topics, retained, conn, idle
STANDARD = [
    ("pairs-q0",      "flow", 0, "-q0 -P50 -w50 pairs"),
    ("pairs-q1",      "flow", 0, "-q1 -P50 -w50 pairs"),
    ("pairs-q2",      "flow", 0, "-q2 -P50 -w50 pairs"),
    ("pairs-q1-v5",   "flow", 0, "-V5 -q1 -P50 -w50 pairs"),
    ("single-q0",     "flow", 0, "-q0 -P100 -w1 pairs"),
    ("single-q1",     "flow", 0, "-q1 -P100 -w1 pairs"),
    ("fanin-q0",      "flow", 0, "-q0 -P50 -S1 -w20 fanin"),
    ("fanin-q1",      "flow", 0, "-q1 -P50 -S1 -w20 fanin"),
    ("fanout-q0",     "flow", 0, "-q0 -S100 -w20 fanout"),
    ("fanout-q1",     "flow", 0, "-q1 -S100 -w20 fanout"),
    ("pairs-q0-4k",   "flow", 0, "-q0 -P10 -w20 -s4096 pairs"),
    ("lat-q0-2k",     "lat",  0, "-q0 -P50 -r2000 pairs"),
    ("lat-q1-2k",     "lat",  0, "-q1 -P50 -r2000 pairs"),
    ("lat-q0-10k",    "lat",  0, "-q0 -P50 -r10000 pairs"),
    ("topics-100",    "topics", 0, "-q0 -P20 -S100 -w20 -F100 topics"),
    ("topics-50k",    "topics", 0, "-q0 -P20 -S500 -w20 -F50000 topics"),
    ("retained-10k",  "retained", 0, "-q0 -R10000 -k3 retained"),
    ("conn",          "conn", 0, "-N4000 -c64 -A20 conn"),
    ("idle-5k",       "idle", 1, "-N5000 -c64 -A20 -D1 idle"),
]
WARM = ["-q0 -P50 -w50 -W0 -d{w} pairs", "-q1 -P50 -w50 -W0 -d{w} pairs", "-q2 -P50 -w20 -W0 -d{w} pairs",
        "-q0 -S50 -w5 -W0 -d{w} fanout", "-q1 -P20 -S1 -w20 -W0 -d{w} fanin"]


class Broker:
    def __init__(self, name, cmd, port, cores, threads, wait):
        self.name, self.port = name, port
        self.dir = tempfile.mkdtemp(prefix="bench-")
        for k, v in (("{port}", str(port)), ("{dir}", self.dir), ("{threads}", str(threads))):
            cmd = cmd.replace(k, v)
        self.log = open(os.path.join(self.dir, "log"), "wb")
        argv = (["taskset", "-c", cores] if cores else []) + ["/bin/sh", "-c", cmd]
        self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.dir)
        self.pid = self.p.pid
        end = time.time() + wait
        while True:
            if self.p.poll() is not None:
                raise RuntimeError("%s ended with %s: %s" % (name, self.p.returncode, self.tail()))
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                break
            except OSError:
                if time.time() > end:
                    self.stop()
                    raise RuntimeError("%s does not listen on port %d: %s" % (name, port, self.tail()))
                time.sleep(0.05)
        exe = os.path.basename(os.readlink("/proc/%d/exe" % self.pid))
        if exe in ("sh", "dash", "bash", "taskset"):
            print("warning: %s: the template should end in `exec BROKER ...`; the CPU figures are those of %s" % (name, exe), file=sys.stderr)
        time.sleep(0.3)

    def tail(self):
        try:
            return open(os.path.join(self.dir, "log"), errors="replace").read()[-500:]
        except OSError:
            return ""

    def stop(self):
        if self.p.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.p.wait(4)
            except subprocess.TimeoutExpired:
                os.kill(self.pid, signal.SIGKILL)
                self.p.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def load(b, args, gencore, label, limit):
    argv = (["taskset", "-c", gencore] if gencore else []) + [GEN, "-p", str(b.port), "-B", str(b.pid), "-l", label] + args.split()
    try:
        r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"error": "timeout"}
    if r.returncode or not r.stdout.strip():
        return {"error": (r.stderr.decode(errors="replace").strip() or "exit %d" % r.returncode)[-200:]}
    return json.loads(r.stdout)


def med(xs):
    xs = [x for x in xs if x is not None]
    return statistics.median(xs) if xs else None


def get(o, path):
    for k in path.split("."):
        if not isinstance(o, dict) or k not in o:
            return None
        o = o[k]
    return o


def fmt(v, unit):
    if v is None:
        return "-"
    if unit == "k/s":
        return "%.1f" % (v / 1000) if v < 1e6 else "%.0f" % (v / 1000)
    if abs(v) >= 1000:
        return "%.0f" % v
    if abs(v) >= 100:
        return "%.0f" % v
    return "%.2f" % v


def table(title, names, rows, note=""):
    """rows: (label, unit, values, better) - ratio columns are against the first broker"""
    out = ["### " + title, ""]
    if note:
        out += [note, ""]
    head = ["", *names] + ["%s / %s" % (n, names[0]) for n in names[1:]]
    out.append("| " + " | ".join(head) + " |")
    out.append("|---|" + "---:|" * (len(head) - 1))
    for label, unit, vals, marks in rows:
        cells = [label] + [fmt(v, unit) + m for v, m in zip(vals, marks)]
        for v in vals[1:]:
            cells.append("%.2f" % (v / vals[0]) if v is not None and vals[0] else "-")
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out) + "\n"


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--broker", action="append", required=True, metavar="NAME[@SCENARIOS]=CMD",
                   help="template; {port} {dir} {threads} are filled in; end it in `exec BROKER ...`. With a list of scenario names, only these, "
                        "without warm-up; entries of the same name share a column")
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--mode", choices=["one", "both"], default="one", help="one: broker on --broker-core, generator on --gen-core; both: no pinning")
    a.add_argument("--broker-core", default="0")
    a.add_argument("--gen-core", default="1")
    a.add_argument("--dur", type=float, default=1.2)
    a.add_argument("--warm", type=float, default=0.4)
    a.add_argument("--warmup", type=float, default=0.6, help="seconds of each warm-up run after the start of a broker")
    a.add_argument("--only", default="", help="comma-separated scenario names (prefixes)")
    a.add_argument("--port", type=int, default=28830)
    a.add_argument("--wait", type=float, default=20)
    a.add_argument("--json", help="append the raw lines to this file")
    a.add_argument("--out", help="write the Markdown here as well")
    o = a.parse_args()
    if not os.access(GEN, os.X_OK):
        sys.exit("no generator at %s: run make in %s, or set MQTTLOAD" % (GEN, HERE))
    brokers = [(*(b.split("=", 1)[0] + "@").split("@")[:2], b.split("=", 1)[1]) for b in o.broker]
    scen = [s for s in STANDARD if not o.only or any(s[0].startswith(x) for x in o.only.split(","))]
    one = o.mode == "one"
    cores, gencore, threads = (o.broker_core, o.gen_core, 1) if one else (None, None, os.cpu_count())
    names = list(dict.fromkeys(n for n, _, _ in brokers))
    res = {n: {s[0]: [] for s in scen} for n in names}
    raw = open(o.json, "a") if o.json else None
    t0, port = time.time(), o.port
    for rnd in range(o.rounds):
        for name, own, cmd in brokers:
            b = None
            try:
                for sname, kind, fresh, args in scen:
                    if own and sname not in own.split(","):
                        continue
                    if b is not None and (fresh or b.p.poll() is not None):
                        b.stop(); b = None
                    if b is None:
                        port += 1
                        b = Broker(name, cmd, port, cores, threads, o.wait)
                        if not fresh and not own and o.warmup > 0:
                            for w in WARM:
                                load(b, w.replace("{w}", str(o.warmup)), gencore, name, 30)
                    if kind in ("flow", "lat", "topics"):
                        args = "-W%g -d%g " % (o.warm, o.dur) + args
                    r = load(b, args, gencore, name, 70)
                    r["case"], r["round"], r["mode"] = sname, rnd, o.mode
                    if r.get("out_per_s") and "broker_sys_s" in r:
                        r["sys_us_per_out"] = r["broker_sys_s"] * 1e6 / (r["out_per_s"] * r["seconds"])
                    res[name][sname].append(r)
                    if raw:
                        raw.write(json.dumps(dict(r, name=name)) + "\n"); raw.flush()
                    print("%5.0fs  r%d %-14s %-13s %s" % (time.time() - t0, rnd + 1, name, sname, r.get("error") or " ".join(
                        "%s=%s" % (k, get(r, k)) for k in ("out_per_s", "cpu_us_per_out", "lat_us.p50", "lat_us.p99", "lost", "conn_per_s", "cpu_us_per_conn", "rss_bytes_per_conn", "deliver_per_s") if get(r, k) is not None)), file=sys.stderr)
            except RuntimeError as e:
                print("%s: %s" % (name, e), file=sys.stderr)
            finally:
                if b is not None:
                    b.stop()

    def rows(kinds, path, unit, label=None, mark=True):
        out = []
        for sname, kind, _, _ in scen:
            if kind not in kinds:
                continue
            vals, marks = [], []
            for n in names:
                rs = res[n][sname]
                vals.append(med([get(r, path) for r in rs]))
                bad = any((r.get("lost") or 0) > 0 or (r.get("unsent") or 0) > 0 or r.get("error") for r in rs)
                marks.append("*" if mark and bad else "")
            out.append((label or sname, unit, vals, marks))
        return out
    md = ["mode `%s`, %d rounds, medians; `*`: some round lost messages, fell behind its rate or failed\n" % (o.mode, o.rounds)]
    flows = ("flow", "topics")
    sel = {s[1] for s in scen}
    if sel & set(flows):
        md.append(table("Delivered messages, thousands per second (closed loop)", names, rows(flows, "out_per_s", "k/s")))
        md.append(table("Broker CPU, us per delivered message", names, rows(flows, "cpu_us_per_out", "us")))
        md.append(table("of which in the kernel, us per delivered message", names, rows(flows, "sys_us_per_out", "us", mark=False)))
    if "lat" in sel:
        r = []
        for p in ("p50", "p99", "p999", "max"):
            r += [("%s %s" % (x[0], p),) + x[1:] for x in rows(("lat",), "lat_us." + p, "us")]
        r += [("%s CPU us/msg" % x[0],) + x[1:] for x in rows(("lat",), "cpu_us_per_out", "us")]
        r.sort(key=lambda x: x[0].split()[0])
        md.append(table("Latency at a fixed rate, us (open loop, from the intended send time)", names, r))
    r = []
    for kinds, path, unit, label in (
            (("topics",), "subscribe_cpu_us", "us", "subscribe: CPU us per filter, {}"), (("topics",), "subscribe_rss_kb", "kb", "subscribe: RSS KiB, {}"),
            (("retained",), "store_per_s", "k/s", "retained store, k/s"), (("retained",), "store_cpu_us", "us", "retained store, CPU us/msg"),
            (("retained",), "deliver_per_s", "k/s", "retained deliver, k/s"), (("retained",), "deliver_cpu_us", "us", "retained deliver, CPU us/msg"),
            (("conn",), "conn_per_s", "n", "connect+disconnect per s"), (("conn",), "cpu_us_per_conn", "us", "connect+disconnect, CPU us"),
            (("conn",), "lat_us.p99", "us", "connect p99 us"), (("idle",), "rss_bytes_per_conn", "b", "idle: RSS bytes per connection"),
            (("idle",), "open_cpu_us_per_conn", "us", "idle: CPU us per open"), (("idle",), "idle_cpu_ms_per_s", "ms", "idle: CPU ms per s"),
            (("idle",), "rss_before_kb", "kb", "RSS KiB, fresh process")):
        for x in rows(kinds, path, unit):
            if kinds == ("topics",) and x[0] == "topics-100":
                continue
            r.append((label.replace("{}", x[0]),) + x[1:])
    if r:
        md.append(table("Connections, subscriptions, retained messages", names, r))
    md.append("took %.0f s\n" % (time.time() - t0))
    text = "\n".join(md)
    print(text)
    if o.out:
        with open(o.out, "w") as f:
            f.write(text)


if __name__ == "__main__":
    main()
