// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Compressed headers of SPDY/3.1: one zlib stream per direction over all frames, with the
/// dictionary of the standard (draft-mbelshe-httpbis-spdy-00, 2.6.10.1).
final class SpdyHeaders implements AutoCloseable {
  private static final String WORDS =
      "options head post put delete trace accept accept-charset accept-encoding accept-language"
          + " accept-ranges age allow authorization cache-control connection content-base"
          + " content-encoding content-language content-length content-location content-md5"
          + " content-range content-type date etag expect expires from host if-match"
          + " if-modified-since if-none-match if-range if-unmodified-since last-modified location"
          + " max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after"
          + " server te trailer transfer-encoding upgrade user-agent vary via warning"
          + " www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie"
          + " keep-alive origin";
  private static final String TAIL =
      "1001012012022052063003023033043053063074024054064074084094104114124134144154164175025045052"
          + "03 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401"
          + " Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not"
          + " Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec"
          + " 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,"
          + "image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivate"
          + "max-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
  private static final byte[] DICTIONARY = dictionary();
  private static final int MAX_BLOCK = 64 * 1024;

  private final Inflater inflater = new Inflater();
  private final Deflater deflater = new Deflater();

  SpdyHeaders() {
    deflater.setDictionary(DICTIONARY);
  }

  private static byte[] dictionary() {
    var out = new ByteArrayOutputStream(1423);
    for (var word : WORDS.split(" ")) {
      var bytes = word.replace('_', ' ').getBytes(StandardCharsets.US_ASCII);
      out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
      out.writeBytes(bytes);
    }
    out.writeBytes(TAIL.getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  /// Reads a block; names are in lower case.
  Map<String, String> read(byte[] block, int offset) throws IOException {
    inflater.setInput(block, offset, block.length - offset);
    var plain = new ByteArrayOutputStream();
    var buffer = new byte[1024];
    try {
      while (true) {
        var count = inflater.inflate(buffer);
        if (count == 0 && inflater.needsDictionary()) {
          inflater.setDictionary(DICTIONARY);
        } else if (count == 0) {
          break;
        }
        plain.write(buffer, 0, count);
        if (plain.size() > MAX_BLOCK) {
          throw new IOException("headers too large");
        }
      }
      return pairs(ByteBuffer.wrap(plain.toByteArray()));
    } catch (DataFormatException | BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("malformed SPDY headers", e);
    }
  }

  private static Map<String, String> pairs(ByteBuffer plain) throws IOException {
    var pairs = new HashMap<String, String>();
    for (var left = plain.getInt(); left > 0; left--) {
      var name = text(plain);
      pairs.put(name.toLowerCase(Locale.ROOT), text(plain));
    }
    return pairs;
  }

  private static String text(ByteBuffer plain) throws IOException {
    var length = plain.getInt();
    if (length < 0 || length > plain.remaining()) {
      throw new IOException("malformed SPDY headers");
    }
    var bytes = new byte[length];
    plain.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// A block without headers.
  byte[] none() {
    deflater.setInput(new byte[4]);
    var out = new ByteArrayOutputStream();
    var buffer = new byte[256];
    for (var count = 1; count > 0; ) {
      count = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
      out.write(buffer, 0, count);
    }
    return out.toByteArray();
  }

  @Override
  public void close() {
    inflater.end();
    deflater.end();
  }
}
