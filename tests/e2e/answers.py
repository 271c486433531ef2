"""What the platform's own services and the world's DNS would say.

    answers.py HOST PORT ZONE STATE

HTTP on PORT: the health of Kong, Prometheus, Alertmanager, Grafana, Backstage and Keycloak. DNS on the same port (UDP): the name servers
of ZONE, which STATE has from AWS, and HOST for every name below it.

    answers.py HOST 53

DNS alone, for containers, which ask no other port: HOST for every name below e2e.test.
"""

import json
import socketserver
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST, PORT, ZONE, STATE = [*sys.argv[1:], "e2e.test", "/dev/null"][:4]
UP = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [0, "3"]}]}}
DOWN = {"status": "success", "data": {"resultType": "vector", "result": []}}
ANSWERS = {
    "/status": (200, {"server": {"total_requests": 1}, "database": {"reachable": True}}),
    "/api/v1/query?query=count%28up%29": (200, UP),
    "/api/v1/query": (200, DOWN),
    "/-/ready": (200, "OK"),
    "/api/health": (200, {"database": "ok", "version": "1"}),
    "/realms/goldenpath": (200, {"realm": "goldenpath"}),
    "/realms/goldenpath/.well-known/openid-configuration": (200, {"issuer": f"https://keycloak.dev.{ZONE}/realms/goldenpath"}),
    "/": (200, "<!doctype html><title>Backstage</title>"),
    "/api/catalog/entities": (401, {"error": {"name": "AuthenticationError"}}),
}


class Http(BaseHTTPRequestHandler):
    def do_GET(self):
        status, answer = ANSWERS.get(self.path) or ANSWERS.get(self.path.split("?")[0], (404, "no such page"))
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("content-type", "text/html" if isinstance(answer, str) else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


NS, A, AAAA = 2, 1, 28


def name_servers():
    with open(STATE) as file:
        return json.load(file)["name_servers"]


def encoded(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


class Dns(socketserver.BaseRequestHandler):
    def handle(self):
        question, sock = self.request
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode().lower())
            at += question[at] + 1
        kind = struct.unpack(">H", question[at + 1 : at + 3])[0]
        name, end = ".".join(labels), at + 5
        answers = []
        if kind == NS and name == ZONE:
            answers = [encoded(server) for server in name_servers()]
        elif kind == A and name.endswith("." + ZONE):
            answers = [bytes(map(int, HOST.split(".")))]
        known = name == ZONE or name.endswith("." + ZONE)
        records = [b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in answers]
        head = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, len(records), 0, 0)
        sock.sendto(head + question[12:end] + b"".join(records), self.client_address)


class DnsServer(socketserver.ThreadingUDPServer):
    allow_reuse_address = daemon_threads = True


dns = DnsServer((HOST, int(PORT)), Dns)
if PORT == "53":
    dns.serve_forever()
threading.Thread(target=dns.serve_forever, daemon=True).start()
ThreadingHTTPServer((HOST, int(PORT)), Http).serve_forever()
