"""A KMS on this machine that speaks as AWS's does: signed JSON over HTTP, keys that never leave it.

Encrypt and Decrypt as documented (JSON 1.1, ``X-Amz-Target: TrentService...``): signatures are
checked, the encryption context is bound, and errors have AWS's names.
"""

import base64
import hmac
import json
import os
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

REGION = "eu-north-1"
USER, SECRET = "AKIDTESTSONLY", "tests/only+secret"


class Refusal(Exception):
    """An error by AWS's name for it."""


class Kms(ThreadingHTTPServer):
    """Keys by their id; ``asked`` counts what was carried out."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys = {"alias/handover": os.urandom(32), "alias/other": os.urandom(32)}
        self.asked: list[str] = []
        self.purposes: set[str | None] = set()
        self.denied = False

    def url(self, *, key="alias/handover", secret=SECRET) -> str:
        """Return what a setting says to use one of the keys."""
        host, port = self.server_address
        who = f"{quote(USER, safe='')}:{quote(secret, safe='')}"
        return f"kms://{who}@{host}:{port}/{key}?region={REGION}&tls=0"

    def carry_out(self, what: str, said: dict) -> dict:
        if self.denied:
            raise Refusal("AccessDeniedException")
        if said["KeyId"] not in self.keys:
            raise Refusal("NotFoundException")
        bound = said.get("EncryptionContext", {})
        self.purposes.add(bound.get("purpose"))
        context = json.dumps(bound, sort_keys=True).encode()
        cipher = AESGCM(self.keys[said["KeyId"]])
        self.asked.append(what)
        if what == "Encrypt":
            plain, nonce = base64.b64decode(said["Plaintext"]), os.urandom(12)
            if len(plain) > 4096:
                raise Refusal("ValidationException")
            sealed = nonce + cipher.encrypt(nonce, plain, context)
            return {"KeyId": said["KeyId"], "CiphertextBlob": _text(sealed)}
        blob = base64.b64decode(said["CiphertextBlob"])
        try:
            plain = cipher.decrypt(blob[:12], blob[12:], context)
        except InvalidTag:
            raise Refusal("InvalidCiphertextException") from None
        return {"KeyId": said["KeyId"], "Plaintext": _text(plain)}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self._require_signature(body)
            service, _dot, what = self.headers["X-Amz-Target"].partition(".")
            if service != "TrentService" or what not in ("Encrypt", "Decrypt"):
                raise Refusal("UnknownOperationException")
            status, answer = 200, self.server.carry_out(what, json.loads(body))
        except Refusal as refusal:
            status, answer = 400, {"__type": str(refusal), "message": "refused"}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _require_signature(self, body: bytes) -> None:
        """Sign the same request by the secret that we know, and compare."""
        said = self.headers["Authorization"]
        names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        signer = SigV4Auth(Credentials(USER, SECRET), "kms", REGION)
        url = f"http://{self.headers['Host']}{self.path}"
        request = AWSRequest("POST", url, {n: self.headers[n] for n in names}, body)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        right = signer.signature(text, request)
        if not hmac.compare_digest(said.rpartition("Signature=")[2], right):
            raise Refusal("InvalidSignatureException")

    def log_message(self, *_args) -> None:
        """Say nothing."""


@contextmanager
def running():
    """Run one until the block ends."""
    server = Kms()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
