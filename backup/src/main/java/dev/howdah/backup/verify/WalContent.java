// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.verify;

import dev.howdah.backup.WorkerFailure;
import dev.howdah.backup.archive.WalFile;
import dev.howdah.backup.codec.Compression;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Reads the WAL of an archive to its end: whether every file can be unpacked and is WAL of this
/// server, at its place and undamaged. Several files at once, each in small pieces.
public final class WalContent {
  private static final int BUFFER = 128 * 1024;

  private final ObjectStore store;
  private final String wals;
  private final long segmentBytes;
  private final String systemId;

  /// What was found.
  ///
  /// @param files how many were read
  /// @param bytes of them, unpacked
  /// @param problems in words, with what to do
  public record Result(long files, long bytes, List<String> problems) {
    public Result {
      problems = List.copyOf(problems);
    }
  }

  private record Read(long bytes, @Nullable String wrong) {}

  /// @param systemId of the server whose WAL this should be; empty if it is unknown
  public WalContent(ObjectStore store, String serverName, long segmentBytes, String systemId) {
    this.store = store;
    this.wals = serverName + "/wals/";
    this.segmentBytes = segmentBytes;
    this.systemId = systemId;
  }

  /// How many bytes there are to read, as they are stored.
  ///
  /// @param beginWal what lies before this segment, on any timeline, is left out
  public long storedBytes(String beginWal) {
    long[] sum = new long[1];
    store.list(
        wals,
        o ->
            WalFile.ofKey(o.key())
                .filter(file -> isWanted(file, beginWal))
                .ifPresent(_ -> sum[0] += o.sizeBytes()));
    return sum[0];
  }

  /// Reads it all.
  ///
  /// @param beginWal what lies before this segment, on any timeline, is left out
  /// @param progress is told the stored bytes of each file when it was read, by several threads
  /// @throws StoreException if the store can't be reached
  public Result verify(String beginWal, LongConsumer progress) throws IOException {
    long files = 0;
    long bytes = 0;
    var problems = new ArrayList<String>();
    int jobs = Runtime.getRuntime().availableProcessors();
    try (var workers = Executors.newFixedThreadPool(jobs)) {
      var reads = new ArrayList<Future<Read>>();
      store.list(
          wals,
          o ->
              WalFile.ofKey(o.key())
                  .filter(file -> isWanted(file, beginWal))
                  .ifPresent(file ->
                      reads.add(
                          workers.submit(() -> {
                            Read read = read(file, o.key());
                            progress.accept(o.sizeBytes());
                            return read;
                          }))));
      try {
        for (var read : reads) {
          Read done = read.get();
          files++;
          bytes += done.bytes;
          if (done.wrong != null) {
            problems.add(done.wrong);
          }
        }
      } catch (ExecutionException e) {
        throw WorkerFailure.of(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("cancelled");
      } finally {
        workers.shutdownNow();
      }
    }
    return new Result(files, bytes, problems);
  }

  private static boolean isWanted(WalFile file, String beginWal) {
    return file.kind() == WalFile.Kind.TIMELINE_HISTORY
        || file.name().substring(8, 24).compareTo(beginWal.substring(8)) >= 0;
  }

  private Read read(WalFile file, String key) {
    try (var raw = store.get(key, 0);
        var unpacked = Compression.ofKey(key).decompress(new BufferedInputStream(raw, BUFFER));
        var in = new Counting(unpacked)) {
      String wrong =
          switch (file.kind()) {
            case SEGMENT -> WalPages.check(file, in, segmentBytes, systemId);
            case TIMELINE_HISTORY -> history(file, in.readNBytes(1 << 20));
            case PARTIAL, BACKUP_HISTORY -> null; // to be read to their end is all
          };
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return new Read(in.count, wrong == null ? null : wrong + remedy(file));
    } catch (StoreException e) {
      if (e.kind() != StoreException.Kind.CORRUPT && !e.isNotFound()) {
        throw e;
      }
      return new Read(0, e.getMessage() + remedy(file));
    } catch (IOException e) {
      return new Read(0, "%s can't be unpacked: %s%s".formatted(key, e.getMessage(), remedy(file)));
    }
  }

  private static @Nullable String history(WalFile file, byte[] text) {
    try {
      var timeline = new Timeline((int) file.timeline());
      TimelineHistory.parse(timeline, new String(text, StandardCharsets.UTF_8));
      return null;
    } catch (IllegalArgumentException e) {
      return "%s is no timeline history: %s".formatted(file.name(), e.getMessage());
    }
  }

  private static String remedy(WalFile file) {
    return switch (file.kind()) {
      case SEGMENT ->
          "; recovery stops before it: take a new base backup, and keep away whoever changes the bucket";
      case TIMELINE_HISTORY -> "; recovery to its timeline fails: take a new base backup";
      case PARTIAL, BACKUP_HISTORY -> "; no recovery needs it, it may be deleted";
    };
  }

  private static final class Counting extends java.io.FilterInputStream {
    private long count;

    Counting(java.io.InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      count += Math.max(0, n);
      return n;
    }
  }
}
