// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.wal.Lsn;
import dev.howdah.postgres.command.Postmaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Sees whether a start as primary or a promotion gets on, and says so: the log is replayed, or the
/// process that is waited for works. One that merely waits wakes up now and then, too; that is no
/// work.
final class Progress {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /// Of CPU time, in the ticks of `/proc`: a tenth of a second.
  private static final long WORK_TICKS = 10;

  private static final long WORK_BYTES = 1 << 20;

  private final ServerProcess process;
  private final Consumer<Event> events;

  private @Nullable Stage stage;

  /// The server that is being promoted; null: one that starts.
  private @Nullable Postmaster server;

  private Lsn replayed = Lsn.ZERO;
  private @Nullable ProcessHandle worker;
  private Work done = Work.NONE;
  private long lookedAt;

  /// What is waited for, in the order in which it comes.
  enum Stage {
    CLUSTER("looked up what it follows, in its Cluster and the Secrets that this names", ""),
    CHECKPOINTER("waited for PostgreSQL's checkpointer to take up its settings", "checkpointer"),
    RECOVERY("waited for PostgreSQL's startup process to end the recovery", "startup");

    private final String words;
    private final String process;

    Stage(String words, String process) {
      this.words = words;
      this.process = process;
    }
  }

  private record Work(long ticks, long bytes) {
    static final Work NONE = new Work(0, 0);

    boolean isMoreThan(Work before) {
      return ticks - before.ticks >= WORK_TICKS || bytes - before.bytes >= WORK_BYTES;
    }
  }

  Progress(ServerProcess process, Consumer<Event> events) {
    this.process = process;
    this.events = events;
  }

  /// A start as primary begins.
  synchronized void start() {
    end();
    enter(Stage.RECOVERY);
  }

  /// The promotion of the running server is this far; to have got so far once is progress, to do it
  /// once more is not.
  synchronized void promotion(Stage now) {
    Postmaster running = process.postmaster();
    if (stage == null || running != server) {
      end();
      server = running;
      enter(now);
    } else if (now.compareTo(stage) > 0) {
      enter(now);
    }
  }

  /// There is nothing to wait for any more.
  synchronized void end() {
    stage = null;
    server = null;
    lookedAt = 0;
  }

  private void enter(Stage now) {
    stage = now;
    worker = null;
    done = Work.NONE;
    events.accept(new Event.Progressed(now.words));
  }

  /// To be called often.
  synchronized void look(Lsn upTo) {
    Stage now = stage;
    long instant = System.nanoTime();
    if (now == null || (lookedAt != 0 && instant - lookedAt < INTERVAL.toNanos())) {
      return;
    }
    lookedAt = instant;
    if (hasReplayed(upTo) || hasWorked(now)) {
      events.accept(new Event.Progressed(now.words));
    }
  }

  private boolean hasReplayed(Lsn upTo) {
    boolean moved = upTo.compareTo(replayed) > 0;
    replayed = upTo;
    return moved;
  }

  private boolean hasWorked(Stage now) {
    ProcessHandle before = worker;
    ProcessHandle seen = before != null && before.isAlive() ? before : find(now.process);
    worker = seen;
    if (seen == null) {
      return false;
    }
    Work work = work(seen.pid());
    boolean another = !seen.equals(before);
    if (another || work.isMoreThan(done)) {
      done = work;
      return !another;
    }
    return false;
  }

  /// PostgreSQL's own processes are older than those of any client, whatever their titles say.
  private @Nullable ProcessHandle find(String title) {
    Postmaster running = process.postmaster();
    Optional<ProcessHandle> parent =
        running == null ? Optional.empty() : ProcessHandle.of(running.pid());
    return parent.stream()
        .flatMap(ProcessHandle::children)
        .filter(child -> isTitled(child.pid(), title))
        .min(Comparator.comparing(child -> child.info().startInstant().orElse(Instant.MAX)))
        .orElse(null);
  }

  private static boolean isTitled(long pid, String title) {
    return read(pid, "cmdline").matches("(?s)postgres: ([^ ]+: )?" + title + "( |\\00|$).*");
  }

  private static Work work(long pid) {
    String stat = read(pid, "stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    long ticks = fields.length > 12 ? Long.parseLong(fields[11]) + Long.parseLong(fields[12]) : 0;
    long bytes =
        read(pid, "io")
            .lines()
            .filter(line -> line.startsWith("rchar: ") || line.startsWith("wchar: "))
            .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
            .sum();
    return new Work(ticks, bytes);
  }

  /// Empty if it can't be read: the process has ended, or is not to be looked at.
  private static String read(long pid, String file) {
    try {
      return Objects.requireNonNull(Files.readString(Path.of("/proc", Long.toString(pid), file)));
    } catch (IOException e) {
      return "";
    }
  }
}
