// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.core.wal.Lsn;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageDeltaTest {
  private static final int PAGE = PageChecksum.PAGE;
  private static final Lsn SINCE = Lsn.parse("0/3000000");
  @TempDir private Path folder;

  private record Scanned(byte[] bytes, long passed, long read) {}

  private static Scanned scan(Path file, long parentPages, WalSummaries.@Nullable Pages candidates)
      throws Exception {
    var passed = new AtomicLong();
    var read = new AtomicLong();
    try (var channel = FileChannel.open(file)) {
      var delta =
          PageDelta.scan(
              channel,
              parentPages * PAGE,
              SINCE,
              candidates,
              passed::addAndGet,
              (block, bytes, length) -> {
                assertThat(bytes[16]).as("page %d", block).isEqualTo((byte) block);
                read.addAndGet(length / PAGE);
              });
      var out = new ByteArrayOutputStream();
      delta.write(channel, out);
      return new Scanned(out.toByteArray(), passed.get(), read.get());
    }
  }

  /// Whatever the pages are: who knows which ones to look at finds the same.
  @Test
  void findsTheSameWithFewerReads() throws Exception {
    var random = new Random(7);
    for (int run = 0; run < 300; run++) {
      int pages = 1 + random.nextInt(200);
      int parentPages = random.nextInt(220);
      int limit = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(200);
      double share = random.nextInt(4) * 0.1;
      var changed = new BitSet();
      var content = ByteBuffer.allocate(pages * PAGE).order(ByteOrder.LITTLE_ENDIAN);
      for (int page = 0; page < pages; page++) {
        boolean isChanged = random.nextDouble() < share;
        changed.set(page, isChanged && page < limit);
        content.putInt(page * PAGE + 4, isChanged ? 0x3000001 : 0x2000000);
        content.put(page * PAGE + 16, (byte) page);
      }
      var file = folder.resolve("f");
      Files.write(file, content.array());

      var all = scan(file, parentPages, null);
      var some = scan(file, parentPages, new WalSummaries.Pages(changed, limit));

      assertThat(some.bytes).as("run %d", run).isEqualTo(all.bytes);
      assertThat(some.passed).isEqualTo(all.passed).isEqualTo((long) pages * PAGE);
      assertThat(some.read).isLessThanOrEqualTo(all.read);
    }
  }

  @Test
  void readsNothingOfAFileThatTheWalDoesNotTouch() throws Exception {
    var file = folder.resolve("f");
    Files.write(file, new byte[40 * PAGE]);

    var scanned = scan(file, 40, new WalSummaries.Pages(new BitSet(), Long.MAX_VALUE));

    assertThat(scanned.read).isZero();
  }
}
