"""Answers every call as AWS does where the role may not do it. moto's own answer to that has another form.

    denied.py HOST PORT
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Denied(BaseHTTPRequestHandler):
    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        action = self.headers.get("x-amz-target", "").replace(".", ":")
        secret = call.get("SecretId") or ", ".join(call.get("SecretIdList", [])) or "*"
        message = (
            "User: arn:aws:sts::123456789012:assumed-role/platform-provisioner/e2e is not authorized to perform: "
            f"{action} on resource: {secret} because no identity-based policy allows the {action} action"
        )
        body = json.dumps({"__type": "AccessDeniedException", "Message": message}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Denied).serve_forever()
