// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.verify;

import dev.howdah.backup.archive.WalFile;
import dev.howdah.core.wal.WalSegment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads one WAL segment as PostgreSQL would before it replays it: each page's header says that it
/// belongs just there, to this server and timeline, and each record that lies wholly in the segment
/// has the checksum that it was written with. Holds one page at a time.
final class WalPages {
  private static final int CONTINUED = 1;
  private static final int LONG_HEADER = 2;
  private static final int OVERWRITES = 8;
  private static final int SHORT = 24;
  private static final int LONG = 40;
  private static final int RECORD_HEADER = 24;
  private static final int CHECKSUM_AT = 20;
  private static final int SWITCH = 0x40;
  private static final int DEFAULT_PAGE = 8192;

  private final String name;
  private final String systemId;
  private final long start;
  private final long timeline;
  private final long segmentBytes;
  private final CRC32C checksum = new CRC32C();
  private final byte[] header = new byte[RECORD_HEADER];
  private int pageBytes = DEFAULT_PAGE;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  /// Bytes of the current record that are still to come; its beginning may be elsewhere.
  private long left;

  private long total;
  private boolean whole;
  private boolean ended;
  private boolean switched;
  private long lastTimeline;

  private WalPages(WalSegment segment, String systemId) {
    this.name = segment.name();
    this.systemId = systemId;
    this.start = segment.start().value();
    this.timeline = segment.timeline().id();
    this.segmentBytes = segment.segmentBytes();
  }

  /// What is wrong with a segment; null if nothing is.
  ///
  /// @param systemId of the server; empty if it is unknown
  static @Nullable String check(WalFile file, InputStream in, long segmentBytes, String systemId)
      throws IOException {
    var segment = WalSegment.parse(file.name().substring(0, 24), segmentBytes).orElseThrow();
    return new WalPages(segment, systemId).read(in);
  }

  private @Nullable String read(InputStream in) throws IOException {
    var bytes = in.readNBytes(DEFAULT_PAGE);
    if (bytes.length < LONG) {
      return "%s is %d bytes long instead of %d".formatted(name, bytes.length, segmentBytes);
    }
    String wrong = learn(bytes);
    if (wrong != null) {
      return wrong;
    }
    if (pageBytes != DEFAULT_PAGE) {
      var rest = in.readNBytes(Math.max(0, pageBytes - DEFAULT_PAGE));
      bytes = java.util.Arrays.copyOf(bytes, pageBytes);
      System.arraycopy(rest, 0, bytes, DEFAULT_PAGE, rest.length);
    }
    long at = 0;
    while (bytes.length == pageBytes) {
      wrong = page(ByteBuffer.wrap(bytes).order(order), at);
      if (wrong != null) {
        return "%s at byte %d: %s".formatted(name, at, wrong);
      }
      at += bytes.length;
      bytes = in.readNBytes(pageBytes);
    }
    at += bytes.length;
    if (at != segmentBytes) {
      return "%s is %d bytes long instead of %d".formatted(name, at, segmentBytes);
    }
    return ended && !switched
        ? "%s ends early: no record follows, and none says so".formatted(name)
        : null;
  }

  /// Byte order and page size are in the first header.
  private @Nullable String learn(byte[] first) {
    var little = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN);
    if ((little.getShort(0) & 0xFF00) != 0xD100) {
      order = ByteOrder.BIG_ENDIAN;
    }
    var page = ByteBuffer.wrap(first).order(order);
    if ((page.getShort(0) & 0xFF00) != 0xD100 || (page.getShort(2) & LONG_HEADER) == 0) {
      return name + " does not begin as WAL does";
    }
    String id = Long.toUnsignedString(page.getLong(24));
    if (!systemId.isEmpty() && !id.equals(systemId)) {
      return "%s is WAL of another server: system identifier %s instead of %s"
          .formatted(name, id, systemId);
    }
    if (Integer.toUnsignedLong(page.getInt(32)) != segmentBytes) {
      return "%s was written with segments of %d bytes instead of %d"
          .formatted(name, Integer.toUnsignedLong(page.getInt(32)), segmentBytes);
    }
    pageBytes = page.getInt(36);
    return pageBytes >= 1024 && pageBytes <= 65536 && pageBytes % 1024 == 0
        ? null
        : name + " has a page size of " + pageBytes;
  }

  private @Nullable String page(ByteBuffer page, long at) {
    if (ended) {
      return null; // unused behind a switch to the next segment
    }
    int info = page.getShort(2);
    if ((page.getShort(0) & 0xFF00) != 0xD100) {
      return isZero(page) ? end() : "no WAL page is here";
    }
    long pageTimeline = Integer.toUnsignedLong(page.getInt(4));
    if (pageTimeline > timeline || pageTimeline < lastTimeline) {
      return "its page is of timeline " + pageTimeline;
    }
    lastTimeline = pageTimeline;
    if (page.getLong(8) != start + at) {
      return "its page belongs at %X instead of %X".formatted(page.getLong(8), start + at);
    }
    if ((info & OVERWRITES) != 0) {
      left = 0; // a crash cut the record, and recovery went on without it
    }
    page.position((info & LONG_HEADER) != 0 ? LONG : SHORT);
    boolean continued = (info & CONTINUED) != 0;
    long rest = Integer.toUnsignedLong(page.getInt(16));
    if (at == 0) {
      left = continued ? rest : 0;
      whole = false;
    } else if (continued != (left > 0) || (continued && rest != left)) {
      return "the record before it is not continued";
    }
    return records(page);
  }

  private static boolean isZero(ByteBuffer page) {
    for (int i = 0; i < SHORT; i++) {
      if (page.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private @Nullable String end() {
    ended = true;
    return left > 0 ? "the record before it is not continued" : null;
  }

  private @Nullable String records(ByteBuffer page) {
    while (true) {
      if (left > 0) {
        take(page);
        if (left > 0) {
          return null;
        }
        if (whole && !isRight()) {
          return "a record that ends in this page has a wrong checksum";
        }
        if (switched) {
          ended = true;
          return null;
        }
        page.position(Math.min(page.limit(), (page.position() + 7) & ~7));
      }
      if (page.remaining() < 8) {
        return null;
      }
      long length = Integer.toUnsignedLong(page.getInt(page.position()));
      if (length == 0) {
        return end();
      }
      if (length < RECORD_HEADER) {
        return "a record of %d bytes begins in this page".formatted(length);
      }
      left = length;
      total = length;
      whole = true;
      checksum.reset();
    }
  }

  /// The checksum covers what follows the header first, then the header up to itself.
  private void take(ByteBuffer page) {
    if (whole && total - left < RECORD_HEADER) {
      int at = (int) (total - left);
      int n = Math.min(RECORD_HEADER - at, page.remaining());
      page.get(header, at, n);
      left -= n;
    }
    int n = (int) Math.min(left, page.remaining());
    if (whole && n > 0) {
      checksum.update(page.slice(page.position(), n));
    }
    page.position(page.position() + n);
    left -= n;
  }

  private boolean isRight() {
    checksum.update(header, 0, CHECKSUM_AT);
    var read = ByteBuffer.wrap(header).order(order);
    boolean right = (int) checksum.getValue() == read.getInt(CHECKSUM_AT);
    switched = right && header[17] == 0 && (header[16] & 0xF0) == SWITCH;
    return right;
  }
}
