"""What somebody would write in Python for the same job: Diffie-Hellman, AES-128-CBC with HMAC-SHA-256, SQLite.

Written to be quick rather than complete: one connection to SQLite that stays open, one statement for each reading, no
framework beyond Flask. It lacks what sealpost's protocol has beside that: it authenticates nobody, its answers are not
sealed, and it knows no duplicates.
"""

import hmac
import json
import os
import sqlite3
import threading
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, abort, request

COLUMNS = (
    "pressure_bmp temp_bmp ax ay az gx gy gz temp_mpu temp_sht4 humid_sht4".split()
)
INSERT = f"INSERT INTO readings VALUES ({', '.join('?' * (len(COLUMNS) + 4))})"

app = Flask(__name__)
write_lock = threading.Lock()
sessions = {}

database = sqlite3.connect(
    os.path.join(os.environ["BENCH_DATA"], "readings.db"),
    isolation_level=None,
    check_same_thread=False,
)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute(
    "CREATE TABLE IF NOT EXISTS readings (session BLOB, sequence INTEGER, collected_at INTEGER, received_at REAL, "
    + ", ".join(f"{name} REAL" for name in COLUMNS)
    + ", PRIMARY KEY (session, sequence)) WITHOUT ROWID"
)


class Session:
    def __init__(self, keys):
        self.encryption = algorithms.AES(keys[:16])
        self.mac = keys[16:]
        self.counter = 0


@app.post("/dh-key-exchange")
def key_exchange():
    """Takes 32 bytes, a public key; answers 8 bytes, the session's id, and 32, the server's public key."""
    private = X25519PrivateKey.generate()
    shared = private.exchange(X25519PublicKey.from_public_bytes(request.get_data()))
    session_id = os.urandom(8)
    sessions[session_id] = Session(HKDF(SHA256(), 48, None, b"bench").derive(shared))
    return session_id + private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@app.post("/sensor")
def sensor():
    """Takes session id (8 bytes), counter (8), IV (16), ciphertext, and the HMAC of all that (32)."""
    body = request.get_data(cache=False)
    session = sessions.get(body[:8])
    if session is None or not hmac.compare_digest(hmac.digest(session.mac, body[:-32], "sha256"), body[-32:]):
        abort(401)
    counter = int.from_bytes(body[8:16], "big")
    if counter <= session.counter:
        abort(401)
    session.counter = counter
    decryptor = Cipher(session.encryption, modes.CBC(body[16:32])).decryptor()
    padded = decryptor.update(body[32:-32]) + decryptor.finalize()
    reading = json.loads(padded[: -padded[-1]])
    row = [body[:8], reading["sequence"], reading["collected_at"], time.time()]
    row += [reading[name] for name in COLUMNS]
    with write_lock:
        database.execute(INSERT, row)
    return {"stored": 1}
