// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.core.wal.Lsn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// The pages whose checksums are wrong.
///
/// A page that the server changes while it is read looks damaged for a moment; recovery replaces
/// it. So a page counts only if it is still wrong when read again and was not changed since the
/// backup began.
final class Damage {
  private static final int MOST_NOTED = 100;
  private static final int TRIES = 5;
  private final boolean enabled;
  private final Lsn begin;
  private final List<String> pages = new ArrayList<>();
  private long count;
  private long checked;

  /// @param enabled whether the server has data checksums
  Damage(boolean enabled, Lsn begin) {
    this.enabled = enabled;
    this.begin = begin;
  }

  boolean isChecked(String path) {
    var inTablespace =
        path.startsWith("pg_tblspc/") ? path.replaceFirst("pg_tblspc/\\d+/", "") : path;
    return enabled && Relation.isRelation(inTablespace);
  }

  Pages pages(Path file, String path) {
    return new Pages(file, path);
  }

  private synchronized void note(String path, long block) {
    count++;
    if (pages.size() < MOST_NOTED) {
      pages.add(path + " block " + block);
    }
  }

  private synchronized void checked(long more) {
    checked += more;
  }

  /// The first hundred of them.
  synchronized List<String> pages() {
    return List.copyOf(pages);
  }

  synchronized long count() {
    return count;
  }

  synchronized long checkedPages() {
    return checked;
  }

  /// Checks the pages of one file.
  final class Pages {
    private final Path file;
    private final String path;
    private final long first;
    private final PageChecksum checksum = new PageChecksum();

    Pages(Path file, String path) {
      this.file = file;
      this.path = path;
      this.first = Relation.firstBlock(path);
    }

    /// @param block the number in the file of the first of these
    void check(long block, byte[] bytes, int length) throws IOException {
      int whole = length / PageChecksum.PAGE;
      for (int i = 0; i < whole; i++) {
        if (checksum.check(bytes, i * PageChecksum.PAGE, first + block + i)
                == PageChecksum.Verdict.BAD
            && !isChanging()
            && !isGoodNow(block + i)) {
          note(path, first + block + i);
        }
      }
      checked(whole);
    }

    private boolean isChanging() {
      long lsn = checksum.lsn();
      return Long.compareUnsigned(lsn, begin.value()) >= 0 && lsn >>> 56 == 0;
    }

    private boolean isGoodNow(long inFile) throws IOException {
      var page = ByteBuffer.allocate(PageChecksum.PAGE);
      try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
        for (int attempt = 0; attempt < TRIES; attempt++) {
          Thread.sleep(20);
          page.clear();
          while (page.hasRemaining()) {
            if (channel.read(page, inFile * PageChecksum.PAGE + page.position()) < 0) {
              return true; // truncated meanwhile
            }
          }
          if (checksum.check(page.array(), 0, first + inFile) == PageChecksum.Verdict.GOOD
              || isChanging()) {
            return true;
          }
        }
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new java.io.InterruptedIOException("cancelled");
      }
    }
  }
}
