"""A mirror on loopback that misbehaves as asked: DIRECTORY PORT-FILE LOG.

The first part of a path says how it is served: `plain` without ranges, `ranged` with them, `cut` with the connection
closed after half of a large file, `slow` a little at a time. Each request is a line of LOG: its path, its range.
"""

import http.server
import os
import sys
import time

DIRECTORY, PORT_FILE, LOG = sys.argv[1:]
LARGE = 100_000


class Mirror(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range", "-")
        with open(LOG, "a") as log:
            print(self.path, asked, file=log)
        how, _, path = self.path.lstrip("/").partition("/")
        try:
            with open(os.path.join(DIRECTORY, path), "rb") as file:
                body = file.read()
        except OSError:
            self.send_error(404)
            return
        whole = len(body)
        start = 0
        if how == "ranged" and asked.startswith("bytes="):
            start = int(asked[len("bytes=") :].split("-")[0])
            if start >= whole:
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(whole - start))
        self.end_headers()
        try:
            self.send_body(how, body[start:])
        except OSError:
            pass  # who asked is gone

    def send_body(self, how, body):
        if how == "cut" and len(body) > LARGE:
            self.wfile.write(body[: len(body) // 2])
        elif how == "slow" and len(body) > LARGE:
            for start in range(0, len(body), 4096):
                self.wfile.write(body[start : start + 4096])
                self.wfile.flush()
                time.sleep(0.02)
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
with open(PORT_FILE + ".part", "w") as file:
    file.write(str(server.server_port))
os.rename(PORT_FILE + ".part", PORT_FILE)
server.serve_forever()
