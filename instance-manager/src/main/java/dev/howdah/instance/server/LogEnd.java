// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.core.wal.WalSegment;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.ProgramRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds where the log of a stopped primary ends, by reading it: `pg_waldump` says where the last
/// valid record ended.
final class LogEnd {
  private static final Logger LOG = LoggerFactory.getLogger(LogEnd.class);
  private static final long PAGE = 8192;
  private static final long SHORT_HEADER = 24;
  private static final long LONG_HEADER = 40;
  private static final long SHORTEST_RECORD = 24;
  private static final long LONGEST_CHECKPOINT = 1024;
  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final Pattern END =
      Pattern.compile("invalid record length at ([0-9A-F]+/[0-9A-F]+)");

  private LogEnd() {}

  /// The exact end; [WalPosition#NONE] where it can't be told in short time.
  ///
  /// @param from a position that was surely reached, on the same timeline; [WalPosition#NONE] to
  ///   start at the last checkpoint
  static WalPosition find(ServerContext context, ControlData control, WalPosition from)
      throws InterruptedException {
    Timeline timeline = new Timeline(control.timeline());
    try {
      if (control.state() == ControlData.State.SHUT_DOWN) {
        return new WalPosition(timeline, endOfCheckpoint(context, control));
      }
      Lsn start = control.redo();
      WalPosition reached = later(from, begun(control));
      if (reached.timeline().compareTo(timeline) >= 0 && reached.lsn().compareTo(start) > 0) {
        timeline = reached.timeline();
        start = segmentStart(reached.lsn(), control.walSegmentBytes());
        start = start.compareTo(control.redo()) < 0 ? control.redo() : start;
      }
      return read(context, timeline, start);
    } catch (IOException | PostgresException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("end of the log not found");
      return WalPosition.NONE;
    }
  }

  /// Where a promotion began its timeline, if no checkpoint has been made on that yet: the segment
  /// of the one before is still there, and seems to end at the fork.
  private static WalPosition begun(ControlData control) {
    var timeline = new Timeline(control.minimumRecoveryTimeline());
    return new WalPosition(timeline, control.minimumRecovery());
  }

  private static WalPosition later(WalPosition one, WalPosition other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /// After an orderly shutdown the checkpoint is the last record; its length is its first four
  /// bytes.
  private static Lsn endOfCheckpoint(ServerContext context, ControlData control)
      throws IOException {
    long segmentBytes = control.walSegmentBytes();
    long start = control.checkpoint().value();
    long offset = Long.remainderUnsigned(start, segmentBytes);
    var segment =
        WalSegment.containing(new Timeline(control.timeline()), control.checkpoint(), segmentBytes);
    var header = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    Path file = context.data().path().resolve("pg_wal").resolve(segment.name());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.read(header, offset) != Integer.BYTES) {
        throw new IOException(file + " is too short");
      }
    }
    long left = header.getInt(0);
    if (left < SHORTEST_RECORD || left > LONGEST_CHECKPOINT) {
      throw new IOException("no checkpoint record at " + control.checkpoint());
    }
    long end = start;
    while (left > 0) { // a record that crosses a page goes on behind the page's header
      long room = PAGE - end % PAGE;
      long here = Math.min(room, left);
      end += here;
      left -= here;
      if (left > 0) {
        end += Long.remainderUnsigned(end, segmentBytes) == 0 ? LONG_HEADER : SHORT_HEADER;
      }
    }
    return new Lsn((end + 7) / 8 * 8);
  }

  private static Lsn segmentStart(Lsn lsn, long segmentBytes) {
    return new Lsn(lsn.value() - Long.remainderUnsigned(lsn.value(), segmentBytes));
  }

  private static WalPosition read(ServerContext context, Timeline timeline, Lsn start)
      throws InterruptedException {
    ProgramRun.Output output =
        new ProgramRun(
                context.programs().launch(),
                context.programs().installation().program("pg_waldump"))
            .with("--quiet", "--path=" + context.data().path().resolve("pg_wal"))
            .with("--timeline=" + timeline.id(), "--start=" + start)
            .within(LIMIT)
            .runToEnd();
    Matcher end = END.matcher(output.errors());
    if (end.find()) {
      return new WalPosition(timeline, Lsn.parse(end.group(1)));
    }
    LOG.atInfo()
        .addKeyValue("start", start)
        .addKeyValue("output", output.errors().strip())
        .log("end of the log not found");
    return WalPosition.NONE;
  }
}
