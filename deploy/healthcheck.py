"""Ends with 0 if the server in this container answers a GET of the path given with 200: /healthz or /readyz."""

import http.client
import json
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

SECONDS = 3.0


def status(path: str) -> int:
    """Return the status of the answer of the server that serves the data folder, where it wrote down its address.

    The certificate is not looked at, as nothing leaves this machine.
    """
    owner = Path(os.environ.get("CONCLAVE_DATA", "/data"), "owner.json")
    url = urlsplit(json.loads(owner.read_text())["url"])
    if not url.netloc:
        raise ValueError("the server is starting")
    connection: http.client.HTTPConnection
    if url.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(url.netloc, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(url.netloc, timeout=SECONDS)
    connection.request("GET", path)
    return connection.getresponse().status


if __name__ == "__main__":
    try:
        found = status(sys.argv[1])
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.exit(f"no answer: {error}")
    sys.exit(0 if found == 200 else f"{sys.argv[1]} answers {found}")
