// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The append-only file behind the store: one line per change, `checksum revision operation type
/// namespace name json`.
///
/// A last line without its end was never acknowledged and is dropped. Any other damaged line is an
/// error: it is not for us to guess what was in it. The file is rewritten with the live objects
/// alone when it has grown.
final class Journal implements Closeable {
  /// What a line says to do.
  enum Op {
    /// The first line: all revisions up to this one are in the state that follows or forgotten.
    BASE,
    PUT,
    DELETE
  }

  /// One line. For DELETE and BASE there is no JSON.
  record Line(Op op, long revision, GroupResource type, Key key, byte[] json) {}

  /// Takes the lines at the start.
  interface Reader {
    void line(Line line);
  }

  /// Brings to the disk what was written.
  interface Disk {
    Disk REAL = file -> file.getFD().sync();

    void sync(RandomAccessFile file) throws IOException;

    /// The name of a file.
    default void syncName(Path file) throws IOException {
      forceFolder(file);
    }
  }

  private static final byte[] NOTHING = {};

  /// There must be room for as much before writes are tried again.
  private static final int PROBE = 64 * 1024;

  private final Path file;

  /// Is there while the file can't be trusted, for the next run of this server: what could not be
  /// flushed is still to be read from it, and counts as flushed, until a power cut.
  private final Path mark;

  private final Disk disk;
  // Not a FileChannel: that one closes itself when a thread is interrupted while it writes.
  private RandomAccessFile out;
  private long size;
  private final ReentrantLock forcing = new ReentrantLock();
  private volatile long forced;
  private volatile long written;
  private volatile boolean broken;
  private volatile boolean closed;
  private volatile String trouble = "";

  private Journal(Path file, Disk disk, RandomAccessFile out, long size) {
    this.file = file;
    this.mark = file.resolveSibling(file.getFileName() + ".broken");
    this.disk = disk;
    this.out = out;
    this.size = size;
  }

  /// Reads all lines and opens the file to append.
  static Journal open(Path file, Reader reader) throws IOException {
    return open(file, Disk.REAL, reader);
  }

  static Journal open(Path file, Disk disk, Reader reader) throws IOException {
    if (!Files.exists(file)) {
      createPrivately(file);
      disk.syncName(file);
    }
    var good = replay(file, reader);
    var out = new RandomAccessFile(file.toFile(), "rw");
    out.setLength(good);
    out.seek(good);
    var journal = new Journal(file, disk, out, good);
    if (Files.exists(journal.mark)) {
      journal.brokenBy(new IOException("it could not be when this server ran last"));
    }
    return journal;
  }

  // Line by line: the file may be several times as large as what lives in it.
  private static long replay(Path file, Reader reader) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var lines = new Lines(in);
      var good = 0L;
      for (var number = 1; ; number++) {
        var line = lines.next();
        if (line == null) {
          return good; // the end, or torn: its writer was told nothing
        }
        try {
          reader.line(decode(line));
        } catch (IllegalArgumentException e) {
          throw new IOException(
              "%s is damaged in line %d (%s). Restore the file from a copy, or, to start with an empty API server, move"
                      .formatted(file, number, e.getMessage())
                  + " it away.",
              e);
        }
        good += line.length + 1;
      }
    }
  }

  private static final class Lines {
    private final InputStream in;
    private final byte[] buffer = new byte[64 * 1024];
    private int at;
    private int limit;

    Lines(InputStream in) {
      this.in = in;
    }

    /// The next line without its end, or null when there is none that ends.
    byte @Nullable [] next() throws IOException {
      var line = new ByteArrayOutputStream(1024);
      while (true) {
        var start = at;
        while (at < limit && buffer[at] != '\n') {
          at++;
        }
        line.write(buffer, start, at - start);
        if (at < limit) {
          at++;
          return line.toByteArray();
        }
        at = 0;
        limit = Math.max(0, in.read(buffer));
        if (limit == 0) {
          return null;
        }
      }
    }
  }

  private static Line decode(byte[] content) {
    var fields = new String[6];
    var end = content.length;
    var at = 0;
    for (var i = 0; i < fields.length; i++) {
      var from = at;
      while (at < end && content[at] != ' ') {
        at++;
      }
      if (at == end) {
        throw new IllegalArgumentException("it ends too early");
      }
      fields[i] = new String(content, from, at - from, StandardCharsets.UTF_8);
      at++;
    }
    var checked = fields[0].length() + 1;
    var crc = new CRC32C();
    crc.update(content, checked, end - checked);
    if (!fields[0].equals(checksum(crc))) {
      throw new IllegalArgumentException("its checksum is wrong");
    }
    var json = java.util.Arrays.copyOfRange(content, at, end);
    return new Line(
        Op.valueOf(fields[2]),
        Long.parseLong(fields[1]),
        GroupResource.parse(fields[3]),
        new Key(fields[4].equals("-") ? "" : fields[4], plain(fields[5])),
        json);
  }

  private static String checksum(CRC32C crc) {
    return "%08x".formatted(crc.getValue());
  }

  private static byte[] encode(Line line) {
    var namespace = line.key().namespace().isEmpty() ? "-" : line.key().namespace();
    var head =
        "%d %s %s %s %s "
            .formatted(
                line.revision(), line.op(), line.type(), namespace, quoted(line.key().name()))
            .getBytes(StandardCharsets.UTF_8);
    var crc = new CRC32C();
    crc.update(head);
    crc.update(line.json());
    var out = new ByteArrayOutputStream(head.length + line.json().length + 10);
    out.writeBytes((checksum(crc) + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(head);
    out.writeBytes(line.json());
    out.write('\n');
    return out.toByteArray();
  }

  // Names hold no percent sign (it would end up in addresses), but those of roles may hold blanks.
  private static String quoted(String name) {
    return name.isEmpty() ? "%" : name.replace(" ", "%20").replace("\n", "%0A");
  }

  private static String plain(String name) {
    return name.equals("%") ? "" : name.replace("%20", " ").replace("%0A", "\n");
  }

  /// Appends a line; it survives the death of this process from here on. Returns the mark to
  /// [force][#force].
  long append(Line line) throws IOException {
    requireWhole();
    var bytes = encode(line);
    try {
      out.write(bytes);
    } catch (IOException e) {
      trouble = said(e);
      undo();
      throw e;
    }
    size += bytes.length;
    var mark = written + 1;
    written = mark;
    return mark;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("this API server has ended");
    }
  }

  private void requireWhole() throws IOException {
    requireOpen();
    if (broken) {
      throw new IOException(trouble);
    }
  }

  /// What the disk said when it refused; empty: it takes what it is given.
  String trouble() {
    return trouble;
  }

  private String said(IOException e) {
    return "%s can't be written: %s".formatted(file, e.getMessage());
  }

  private IOException brokenBy(IOException e) {
    trouble = said(e);
    broken = true;
    try {
      Files.createFile(mark);
    } catch (IOException _) {
      // it is there, or there is no room: this run knows all the same
    }
    return e;
  }

  /// Tries whether the disk takes writes again. After a failed flush all is written anew, to
  /// another file: nobody knows what the old one holds, and the system tells of it once only. The
  /// caller lets nobody append meanwhile.
  ///
  /// @param live all that was ever appended and still holds
  /// @throws IOException if it doesn't yet
  void mend(long revision, Iterable<Stored> live) throws IOException {
    forcing.lock(); // no flush shall fail in between and be forgotten
    try {
      requireOpen();
      if (broken) {
        rewrite(revision, live);
      } else {
        probe();
        trouble = "";
      }
    } catch (IOException e) {
      if (!closed) {
        trouble = said(e);
      }
      throw e;
    } finally {
      forcing.unlock();
    }
  }

  /// An end without a line's end counts for nothing, should this process die here.
  private void probe() throws IOException {
    try {
      out.write(new byte[PROBE]);
    } finally {
      undo();
    }
  }

  private void undo() throws IOException {
    try {
      out.setLength(size);
      out.seek(size);
    } catch (IOException e) {
      throw brokenBy(e);
    }
  }

  /// Returns when everything up to the mark is on the disk, so that it survives a power cut too.
  /// Several callers share one flush.
  void force(long mark) throws IOException {
    if (forced >= mark) {
      return;
    }
    forcing.lock();
    try {
      if (forced >= mark) {
        return;
      }
      requireWhole(); // the system tells of a failed flush once: the next one would seem to succeed
      var upTo = written;
      try {
        disk.sync(out);
      } catch (IOException e) {
        throw brokenBy(e); // after a failed flush nobody knows what is on the disk
      }
      forced = Math.max(upTo, forced);
    } finally {
      forcing.unlock();
    }
  }

  /// The size of the file in bytes.
  long size() {
    return size;
  }

  static Line base(long revision) {
    return new Line(Op.BASE, revision, new GroupResource("", "-"), new Key("", ""), NOTHING);
  }

  static Line put(Stored object) {
    return new Line(Op.PUT, object.revision(), object.type(), object.key(), object.json());
  }

  static Line delete(Stored object) {
    return new Line(Op.DELETE, object.revision(), object.type(), object.key(), NOTHING);
  }

  /// Replaces the file by one that holds just these objects. The caller lets nobody append
  /// meanwhile.
  void rewrite(long revision, Iterable<Stored> live) throws IOException {
    var fresh = file.resolveSibling(file.getFileName() + ".new");
    forcing.lock();
    try {
      requireOpen();
      Files.deleteIfExists(fresh);
      createPrivately(fresh);
      var next = new RandomAccessFile(fresh.toFile(), "rw");
      long length;
      try {
        next.setLength(0);
        next.write(encode(base(revision)));
        for (var object : live) {
          next.write(encode(put(object)));
        }
        disk.sync(next);
        length = next.length();
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        next.close();
        Files.deleteIfExists(fresh); // room on the disk is what lacks most likely
        throw e;
      }
      var old = out;
      out = next;
      size = length;
      closeQuietly(old);
      try {
        disk.syncName(file);
      } catch (IOException e) {
        throw brokenBy(e); // a power cut may bring the old file back, without what comes now
      }
      forced = written;
      Files.deleteIfExists(mark);
      broken = false;
      trouble = "";
    } finally {
      forcing.unlock();
    }
  }

  // What it holds is in another file by now.
  private static void closeQuietly(RandomAccessFile old) {
    try {
      old.close();
    } catch (IOException e) {
      // then it is of no more use either
    }
  }

  // Secrets are in it, so nobody else may read it, wherever the folder is.
  private static void createPrivately(Path file) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static void forceFolder(Path file) throws IOException {
    var folder = file.toAbsolutePath().getParent();
    boolean interrupted = false;
    try {
      while (folder != null) {
        try (var handle = FileChannel.open(folder, StandardOpenOption.READ)) {
          handle.force(true);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted(); // which says nothing of the disk
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Whoever still waits for a flush has it: nobody else does it any more, and that the file is
  /// closed would look like a disk that failed.
  @Override
  public void close() throws IOException {
    forcing.lock();
    try (var last = out) {
      if (!closed && !broken && forced < written) {
        disk.sync(last);
        forced = written;
      }
    } catch (IOException e) {
      throw brokenBy(e);
    } finally {
      closed = true;
      forcing.unlock();
    }
  }
}
