"""Verifies Transaction Tokens with PyJWT alone, by the steps of docs/transaction-tokens.md.

Reads calls from stdin as a JSON list. Prints a list with an outcome for each: "accepted", or the step that refuses the call.
"""

import base64
import hashlib
import json
import sys

import jwt

REQUIRED = ["iss", "aud", "iat", "exp", "txn", "sub", "scope", "req_wl", "tctx", "rctx"]


def claims_of(call):
    """Step 1. Raises jwt.PyJWTError for an invalid token."""
    header = jwt.get_unverified_header(call["token"])
    if header.get("typ") != "txntoken+jwt":
        raise jwt.InvalidTokenError("typ")
    key = jwt.PyJWKClient(call["jwks"]).get_signing_key(header["kid"])
    claims = jwt.decode(
        call["token"],
        key.key,
        algorithms=["ES256"],
        issuer=call["issuer"],
        audience=call["trustDomain"],
        leeway=5,
        options={"require": REQUIRED},
    )
    if not isinstance(claims["aud"], str):
        raise jwt.InvalidAudienceError("aud is a list")
    return claims


def outcome_of(call):
    try:
        claims = claims_of(call)
    except jwt.PyJWTError:
        return "token"
    if claims["req_wl"] != call["peer"]:
        return "presenter"
    return outcome_in(claims["tctx"], call)


def outcome_in(transaction, call):
    if transaction.get("rpc", call["rpc"]) != call["rpc"]:
        return "rpc"
    if transaction["action"] != "write" and not call["isRead"]:
        return "rpc"
    digest = hashlib.sha256(base64.b64decode(call["request"])).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if transaction.get("request_sha256", expected) != expected:
        return "request"
    binds = transaction.get("binds", {})
    return "accepted" if all(is_about(call, name, binds[name]) for name in binds) else "rows"


def is_about(call, name, row):
    """Step 5, for one name in the token."""
    if name not in call["boundNames"]:
        return True
    ids = call["rows"].get(name, [])
    return len(ids) > 0 and all(each == row for each in ids)


json.dump([outcome_of(call) for call in json.load(sys.stdin)], sys.stdout)
