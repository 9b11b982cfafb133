"""The sandbox's own certificate authority, and the certificate its Redshift shows.

One authority per data directory, made at the first start: a client that trusts it (``sslmode=verify-ca`` or
``verify-full``) trusts this sandbox and nothing else.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NAMES = ("localhost", "127.0.0.1", "::1")
"""What the certificate is valid for."""

_LIFE = timedelta(days=3650)


def ca_file(data_dir: Path) -> Path:
    """Where the authority's certificate is, for ``sslrootcert``."""
    return data_dir / "tls" / "redshift-ca.pem"


def server_chain(data_dir: Path, more_names: Sequence[str] = ()) -> Path:
    """The server's key and certificates in one file; they are made unless they are there.

    ``more_names`` are host names that the certificate is valid for beside NAMES.
    """
    chain = ca_file(data_dir).parent / "server.pem"
    if not chain.exists() or not ca_file(data_dir).exists():
        _make(chain.parent, chain, ca_file(data_dir), (*NAMES, *more_names))
    return chain


def server_context(data_dir: Path) -> ssl.SSLContext:
    """What TLS connections are accepted with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(server_chain(data_dir))
    return context


def _make(folder: Path, chain: Path, authority: Path, names: Sequence[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    issuer = name(f"dpctl sandbox {os.urandom(4).hex()}")
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = (
        _certificate(issuer, issuer, root_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
    )
    hosts: list[Any] = [
        x509.DNSName(item) if item[0].isalpha() else x509.IPAddress(ipaddress.ip_address(item))
        for item in names
    ]
    leaf = (
        _certificate(name("localhost"), issuer, key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    )
    text = serialization.Encoding.PEM
    secret = key.private_bytes(text, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signed = leaf.sign(root_key, _digest()).public_bytes(text)
    whole = root.sign(root_key, _digest()).public_bytes(text)
    _write(chain, secret + signed + whole)
    _write(authority, whole)


def _certificate(subject: Any, issuer: Any, key: Any, signer: Any) -> Any:
    from cryptography import x509

    start = datetime.now(UTC) - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _usage(*, sign_certificates: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _digest() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for the user alone: it may hold a key."""
    waiting = path.with_suffix(".new")
    waiting.touch(mode=0o600)
    waiting.write_bytes(data)
    waiting.replace(path)
