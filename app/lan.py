"""The address of this machine on the local network. gunicorn's master reads this too."""

from __future__ import annotations

import socket


def lan_address() -> str | None:
    """The address that other machines in the room can reach, or None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet is sent: the system only picks the network card that would send it. The
            # second address is for a network without a way out.
            for far_away in ("192.0.2.1", "192.168.255.254", "10.255.255.254"):
                try:
                    probe.connect((far_away, 9))
                    break
                except OSError:
                    continue
            found = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if found.startswith(("127.", "0.")) else found


def host_to_open(host: str) -> str:
    """The address that people type: this machine's on the network, when it listens to all."""
    return (lan_address() or host) if host in ("0.0.0.0", "::") else host  # noqa: S104
