"""Holds listening sockets as the systemd manager does, and starts a program with them for each line that it reads (sd_listen_fds(3))."""
import os
import socket
import sys

count, log, program = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
sockets = []
for _ in range(count):
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    one.listen(512)
    sockets.append(one)
print(" ".join(str(one.getsockname()[1]) for one in sockets), flush=True)

for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        # Moved out of the way first, so that no descriptor is overwritten before it is copied.
        copies = [os.dup2(one.fileno(), 100 + index) for index, one in enumerate(sockets)]
        for index, copy in enumerate(copies):
            os.dup2(copy, 3 + index)
            os.close(copy)
        # As systemd has it, too. A program makes its standard input non-blocking, and this one's with it if it is the same.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.close(said)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count))
        os.execv(program[0], program)
    print(pid, flush=True)
    os.waitpid(pid, os.WNOHANG)
