// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.wal.Lsn;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.command.ControlData;
import dev.howdah.postgres.command.ProgramRun;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds where the log of a stopped primary ends, by reading it: `pg_waldump` says where the last
/// valid record ended.
final class LogEnd {
  private static final Logger LOG = LoggerFactory.getLogger(LogEnd.class);
  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final Pattern END =
      Pattern.compile("invalid record length at ([0-9A-F]+/[0-9A-F]+)");

  private LogEnd() {}

  /// The exact end; [WalPosition#NONE] where it can't be told in short time.
  ///
  /// @param from a position that was surely reached, on the same timeline; [WalPosition#NONE] to
  ///   start at the last checkpoint
  static WalPosition find(ServerContext context, WalPosition from) throws InterruptedException {
    try {
      ControlData control = context.programs().controlData(context.data().path());
      Timeline timeline = new Timeline(control.timeline());
      Lsn start = control.state().isClean() ? control.checkpoint() : control.redo();
      if (from.timeline().compareTo(timeline) >= 0 && from.lsn().compareTo(start) > 0) {
        timeline = from.timeline();
        start = segmentStart(from.lsn(), control.walSegmentBytes());
        start = start.compareTo(control.redo()) < 0 ? control.redo() : start;
      }
      return read(context, timeline, start);
    } catch (PostgresException e) {
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("end of the log not found");
      return WalPosition.NONE;
    }
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
