// SPDX-License-Identifier: Apache-2.0
/// A small HTTP/1.1 server over TLS on virtual threads, with upgrades and WebSocket, for trusted
/// clients on loopback.
@NullMarked
package dev.howdah.apiserver.http;

import org.jspecify.annotations.NullMarked;
