// SPDX-License-Identifier: Apache-2.0
/// HTTP/1.1 over plain and TLS sockets, one request at a time on each connection.
@NullMarked
package dev.howdah.http;

import org.jspecify.annotations.NullMarked;
