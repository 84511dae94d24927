"""A Slurm cluster of two nodes on this machine, as a context manager: a controller, two node daemons, munge.

Needs root and the Debian packages slurm-wlm and munge, and nothing of what they set up: all files lie in a
folder of its own. No cgroups are needed.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "srun", "scontrol")
NODES = ("node1", "node2")
SECONDS = 60


def what_is_missing() -> str:
    """Why no cluster can be started here; "" if one can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    if missing:
        return f"{', '.join(missing)} not found (Debian: slurm-wlm, munge)"
    return "" if os.geteuid() == 0 else "the daemons need root"


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def _configuration(folder: Path, host: str, ports: Sequence[int]) -> str:
    nodes = "".join(
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=4000\n"
        for name, port in zip(NODES, ports[1:], strict=True)
    )
    return f"""\
ClusterName=nstar
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.socket
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ReturnToService=2
KillWait=2
{nodes}PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which Slurm's commands find the cluster, while it runs. Its logs lie in `folder`."""
    host = socket.gethostname().split(".")[0]
    # munged asks that no folder above its socket be writable by others.
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name in ("state", *(f"spool-{node}" for node in NODES)):
        (folder / name).mkdir()
    (folder / "slurm.conf").write_text(_configuration(folder, host, _free_ports(1 + len(NODES))))
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    environment = {**os.environ, "PATH": _path(), "SLURM_CONF": str(folder / "slurm.conf")}
    own = [
        f"{what}={folder}/munge.{what.split('-')[0]}"
        for what in ("socket", "pid-file", "log-file", "seed-file")
    ]
    daemons = [
        ["munged", "--foreground", "--force", f"--key-file={key}", *(f"--{what}" for what in own)],
        ["slurmctld", "-D"],
        *(["slurmd", "-D", "-N", node] for node in NODES),
    ]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for daemon in daemons:
            with open(folder / f"{daemon[0]}-{len(running)}.out", "wb") as out:
                running.append(subprocess.Popen(daemon, env=environment, stdout=out, stderr=out))
            if daemon[0] == "munged":
                _until(lambda: (folder / "munge.socket").exists(), "munged did not start")
        _until(lambda: _idle(environment) == len(NODES), f"the nodes did not come up, see {folder}")
        yield environment
    finally:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["scancel", "--user=root"], env=environment, timeout=20, capture_output=True)
        for process in reversed(running):
            process.terminate()
        for process in reversed(running):
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        _end_what_is_left(folder)


def _end_what_is_left(folder: Path) -> None:
    """Kill steps of jobs that outlive their daemons: all processes that have this cluster's configuration."""
    mark = f"SLURM_CONF={folder / 'slurm.conf'}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if int(path.parent.name) != os.getpid() and mark in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)


def _idle(environment: dict[str, str]) -> int:
    command = ["sinfo", "--noheader", "--Node", "--format=%N %T"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return sum(line.split()[-1] == "idle" for line in answer.stdout.splitlines() if line.strip())


def _until(true: "object", message: str) -> None:
    assert callable(true)
    deadline = time.monotonic() + SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(message)
        time.sleep(0.2)
