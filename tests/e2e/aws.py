"""Stands before moto's server, and adds what it lacks of AWS.

    aws.py HOST PORT MOTO STATE [CERTIFICATE KEY]

With a certificate it speaks TLS, as AWS does.
STATE is a file with JSON, read anew for every call:
    deny     actions that are answered as where the role may not do it, such as "iam:GetRole"; "*" for all
    vpc      the VPC in DescribeCluster
    issuer   the OIDC issuer there
    addons   add-ons of the cluster, with their status
    host     the address of the database's instance
"""

import json
import re
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST, PORT, MOTO, STATE = sys.argv[1:5]
CALLER = "arn:aws:sts::123456789012:assumed-role/goldenpath-idp-preflight/e2e"
# Calls whose action is in the method and the path alone.
PATHS = [
    ("eks", r"^GET /clusters/[^/]+$", "DescribeCluster"),
    ("eks", r"^GET /clusters/[^/]+/addons$", "ListAddons"),
    ("eks", r"^GET /clusters/[^/]+/addons/[^/]+$", "DescribeAddon"),
    ("route53", r"^GET /[^/]+/hostedzone$", "ListHostedZones"),
    ("route53", r"^GET /[^/]+/hostedzone/[^/]+$", "GetHostedZone"),
    ("route53", r"^GET /[^/]+/hostedzone/[^/]+/rrset$", "ListResourceRecordSets"),
    ("s3", r"^HEAD ", "ListBucket"),
]


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with open(STATE) as file:
            state = json.load(file)
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers.get("authorization", ""))
        service = scope[1] if scope else "unknown"
        action = self.action(service, body)
        if self.denied(service, action, state):
            return self.deny(service, action, body)
        if service == "eks" and action in ("ListAddons", "DescribeAddon"):
            return self.addons(action, state.get("addons", {}))
        return self.forward(body, action, state)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = answer

    def action(self, service, body):
        target = self.headers.get("x-amz-target")
        if target:
            return target.rsplit(".", 1)[-1]
        form = urllib.parse.parse_qs(body.decode(errors="replace"))
        if "Action" in form:
            return form["Action"][0]
        line = f"{self.command} {self.path.split('?')[0]}"
        return next((action for name, path, action in PATHS if name == service and re.search(path, line)), line)

    def denied(self, service, action, state):
        # moto cannot simulate; then a role's policies are judged by what they say, as where nobody may ask for it.
        denied = [*state.get("deny", []), "iam:SimulatePrincipalPolicy"]
        return "*" in denied or f"{service}:{action}" in denied

    def deny(self, service, action, body):
        what = resource(body)
        message = (
            f"User: {CALLER} is not authorized to perform: {service}:{action} on resource: {what} because no "
            f"identity-based policy allows the {service}:{action} action"
        )
        if service in ("iam", "ec2", "rds", "sts", "route53"):
            code = "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
            error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            whole = f"<Response><Errors>{error}</Errors></Response>" if service == "ec2" else f"<ErrorResponse>{error}</ErrorResponse>"
            return self.reply(403, whole.encode(), "text/xml")
        return self.reply(400, json.dumps({"__type": "AccessDeniedException", "Message": message}).encode())

    def addons(self, action, addons):
        if action == "ListAddons":
            return self.reply(200, json.dumps({"addons": list(addons)}).encode())
        name = self.path.split("?")[0].rsplit("/", 1)[-1]
        if name not in addons:
            return self.reply(404, json.dumps({"__type": "ResourceNotFoundException", "message": name}).encode())
        addon = {"addonName": name, "status": addons[name], "addonVersion": "v1", "health": {"issues": []}}
        return self.reply(200, json.dumps({"addon": addon}).encode())

    def forward(self, body, action, state):
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "content-length")}
        request = urllib.request.Request(MOTO + self.path, data=body or None, method=self.command, headers=headers)
        try:
            seen = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            seen = error
        with seen:
            answer = changed(action, seen.read(), state)
            self.reply(seen.status, answer, seen.headers.get("content-type"), seen.headers.items())

    def reply(self, status, body, kind="application/x-amz-json-1.1", headers=()):
        self.send_response(status)
        for name, value in headers:
            if name.lower().startswith("x-amz"):
                self.send_header(name, value)
        self.send_header("content-type", kind or "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def resource(body):
    try:
        call = json.loads(body or b"{}")
    except ValueError:
        return "*"
    return call.get("SecretId") or ", ".join(call.get("SecretIdList", [])) or "*"


def changed(action, body, state):
    """What AWS would say, of what moto says."""
    if action == "DescribeCluster":
        answer = json.loads(body)
        if "cluster" in answer:
            answer["cluster"]["resourcesVpcConfig"]["vpcId"] = state.get("vpc", "")
            answer["cluster"]["identity"] = {"oidc": {"issuer": state.get("issuer", "")}}
        return json.dumps(answer).encode()
    if action == "GetCallerIdentity":
        return re.sub(rb"<Arn>[^<]*</Arn>", f"<Arn>{CALLER}</Arn>".encode(), body)
    if action == "ListResourceRecordSets":
        # Route 53 writes every unusual letter of a name as its code.
        return body.replace(b"<Name>*.", b"<Name>\\052.")
    if action == "DescribeDBInstances":
        return re.sub(rb"<Address>[^<]*</Address>", f"<Address>{state.get('host', '')}</Address>".encode(), body)
    return body


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server((HOST, int(PORT)), Call)
if len(sys.argv) > 5:
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(*sys.argv[5:7])
    server.socket = trust.wrap_socket(server.socket, server_side=True)
server.serve_forever()
