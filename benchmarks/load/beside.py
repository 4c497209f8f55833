"""Measures the broker with some plugins beside the broker without, interleaved in one run. Used by idle-plugins and sleeping-observer."""
import argparse, datetime, os, shlex, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "artifacts"))
CLI = os.path.join(ROOT, "src", "Amqtt.Cli")
PLUGINS = os.path.join(HERE, "IdlePlugins")


def released(project, assembly):
    subprocess.run(["dotnet", "build", "-c", "Release", "-v", "quiet", "--nologo", project], check=True)
    return os.path.join(project, "bin", "Release", "net10.0", assembly)


def measure(description, report, scenarios, name, classes):
    """The report's name, the scenarios unless others are asked for, what the second broker is called, the classes of its plugins."""
    a = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--out", default=os.path.join(ROOT, "artifacts", "load", report))
    a.add_argument("--rounds", default="9")
    a.add_argument("--only", default=scenarios)
    o, rest = a.parse_known_args()

    subprocess.run(["make", "-s", "-C", HERE, "BUILD=" + BUILD], check=True)
    amqtt = shlex.quote(released(CLI, "amqtt.dll"))
    plugins = released(PLUGINS, "IdlePlugins.dll")
    # The default plugins are written out, because a plugins section takes their place.
    with open(os.path.join(HERE, "brokers", "amqtt.yaml")) as f:
        template = f.read()
    with tempfile.TemporaryDirectory() as scratch:
        brokers = {"none": "", name: "".join("  - %s#IdlePlugins.%s\n" % (plugins, c) for c in classes)}
        arguments = []
        for broker, lines in brokers.items():
            source = os.path.join(scratch, broker + ".yaml")
            with open(source, "w") as f:
                f.write(template + "plugins:\n  - anonymous\n" + lines)
            arguments += ["--broker", "%s=sed -e s/@PORT@/{port}/ -e s/@THREADS@/{threads}/ %s > {dir}/a.yaml; exec dotnet %s -c {dir}/a.yaml" % (broker, shlex.quote(source), amqtt)]
        os.makedirs(os.path.dirname(o.out), exist_ok=True)
        command = [sys.executable, os.path.join(HERE, "bench.py"), *arguments, "--rounds", o.rounds, "--only", o.only, "--out", o.out, *rest]
        subprocess.run(command, check=True, env=dict(os.environ, BUILD=BUILD))
    print("%s: written to %s" % (datetime.date.today().isoformat(), o.out))
