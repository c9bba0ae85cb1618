// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Reads what `pg_basebackup --verbose --progress` or `pg_rewind --progress` prints: how much there
/// is to copy, and whether it still comes.
///
/// While data comes they say so once a second. Before, `pg_basebackup` waits for the source's
/// checkpoint, and for the source to add up the sizes of its files; later for WAL. Both end with
/// what only their own disk has to do.
final class CopyWatch {
  private static final Pattern PROGRESS = Pattern.compile(" *\\d+/(\\d+) kB \\(.*");
  private static final String SYNCING = "syncing data to disk";
  private static final Duration TOLD = Duration.ofMinutes(1);

  private final Duration patience;
  private final Duration unseen;
  private final LongPredicate room;
  private final Consumer<String> log;

  private String last = "";
  private long lastAt = System.nanoTime();
  private long toldAt = lastAt - TOLD.toNanos();
  private long bytes = -1;
  private boolean fits = true;
  private boolean silent;

  /// @param patience while data comes
  /// @param unseen for what isn't seen to get on
  /// @param log gets the lines; of those that only show the progress one a minute
  CopyWatch(Duration patience, Duration unseen, LongPredicate room, Consumer<String> log) {
    this.patience = patience;
    this.unseen = unseen;
    this.room = room;
    this.log = log;
  }

  synchronized void line(String line) {
    last = line;
    lastAt = System.nanoTime();
    Matcher progress = PROGRESS.matcher(line);
    boolean shows = progress.matches();
    if (shows && bytes < 0) {
      bytes = Long.parseLong(progress.group(1)) * 1024;
      fits = room.test(bytes);
    }
    if (!shows || lastAt - toldAt >= TOLD.toNanos()) {
      toldAt = shows ? lastAt : toldAt;
      log.accept(line.strip());
    }
  }

  /// Whether to give up.
  synchronized boolean isHopeless() {
    silent = Duration.ofNanos(System.nanoTime() - lastAt).compareTo(limit()) > 0;
    return !fits || silent;
  }

  private Duration limit() {
    if (last.contains(SYNCING)) {
      return ChronoUnit.FOREVER.getDuration();
    }
    return PROGRESS.matcher(last).matches() ? patience : unseen;
  }

  /// Throws what came of it, unless all went well.
  synchronized void judge(String program, ProgramRun.Output output) {
    if (!fits) {
      throw new DataTooLargeException(bytes);
    }
    if (output.exitCode() != 0) {
      String said =
          (output.errors().isBlank() ? output.text() : output.errors())
              .lines()
              .filter(line -> !PROGRESS.matcher(line).matches())
              .collect(Collectors.joining("\n"));
      String reason =
          silent ? said + "\nnothing came from the source for " + limit().toSeconds() + " s" : said;
      throw new ProgramFailedException(program, output.exitCode(), reason, output.took());
    }
  }
}
