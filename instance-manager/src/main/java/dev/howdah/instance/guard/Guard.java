// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.guard;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The guard process, our parent: orders go to it over a pipe, answers come back on standard input.
///
/// It kills PostgreSQL when the permit ends, when we end (but not when we die by accident with
/// PostgreSQL in good order: then it starts us again), or when told to; and where it fails us (it
/// died, is frozen, or fired), the listener hears of it once per cause and has to see PostgreSQL
/// dead itself.
public final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  /// SIGQUIT, 0.8 s, SIGKILL until nothing is left or 10 s have gone.
  private static final Duration KILL_LIMIT = Duration.ofSeconds(13);

  private static final Duration PING_INTERVAL = Duration.ofMillis(500);
  private static final Duration PONG_LIMIT = Duration.ofSeconds(3);

  private final OutputStream orders;
  private final BootClock clock;
  private final Consumer<String> fired;
  private final Consumer<String> lost;
  private final AtomicBoolean gone = new AtomicBoolean();
  private @Nullable CountDownLatch killing;
  private volatile long pinged;
  private volatile long answered;
  private volatile boolean permitted;
  private volatile long permittedUntil;
  private final CountDownLatch go = new CountDownLatch(1);
  private volatile @Nullable CompletableFuture<Long> prepared;
  private volatile long kept;

  /// @param kept until when PostgreSQL, kept from an earlier run, may accept writes; 0: nothing was
  /// @param fired hears that the guard killed PostgreSQL by itself, and why
  /// @param lost hears why there is no guard any more
  public Guard(
      InputStream answers,
      OutputStream orders,
      BootClock clock,
      long kept,
      Consumer<String> fired,
      Consumer<String> lost) {
    this.kept = kept;
    permitted = kept > 0;
    permittedUntil = kept;
    this.orders = orders;
    this.clock = clock;
    this.fired = fired;
    this.lost = lost;
    Thread reader = new Thread(null, () -> read(answers), "guard-answers", 128 * 1024);
    reader.setDaemon(true);
    reader.start();
    Thread.ofVirtual().name("guard-ping").start(this::ping);
  }

  /// The guard that started this process, as the launcher says in the environment.
  ///
  /// @throws IOException if this process was started without one
  public static Guard connect(
      Map<String, String> environment,
      BootClock clock,
      Consumer<String> fired,
      Consumer<String> lost)
      throws IOException {
    String pipe = environment.getOrDefault("HOWDAH_GUARD", "");
    if (pipe.isEmpty()) {
      throw new IOException(
          "HOWDAH_GUARD is not set: start the server with the launcher (manager instance run),"
              + " which starts its guard");
    }
    String permit = environment.getOrDefault("HOWDAH_PERMIT", "");
    return new Guard(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(pipe),
        clock,
        permit.isEmpty() ? 0 : BootClock.ofHundredths(Long.parseLong(permit)),
        fired,
        lost);
  }

  /// Until when PostgreSQL may accept writes that the guard kept running when the run before this
  /// one died; 0 if it kept nothing.
  public long kept() {
    return kept;
  }

  /// PostgreSQL may accept writes until this instant of the boot-time clock.
  ///
  /// @param keep also if this process dies, which the guard then starts again
  public void permit(long untilNanos, boolean keep) {
    permittedUntil = untilNanos;
    permitted = true;
    send("permit " + BootClock.hundredths(untilNanos) + (keep ? " keep" : ""));
  }

  /// Whether PostgreSQL may accept writes right now, with this guard to end it when it no longer
  /// may.
  public boolean allows() {
    return permitted && !gone.get() && clock.nanos() < permittedUntil;
  }

  /// No permit is needed: PostgreSQL is a standby, or down.
  public void release() {
    permitted = false;
    send("none");
  }

  /// Sends a signal (`INT`, `HUP`, `TERM`, `QUIT`…) to a process.
  public void signal(String signal, long pid) {
    send("signal " + signal + " " + pid);
  }

  /// Kills every process of the data directory and waits until they are gone. False when that is
  /// not sure.
  public boolean kill() throws InterruptedException {
    if (gone.get()) {
      return false;
    }
    CountDownLatch done;
    synchronized (this) {
      if (killing == null) {
        killing = new CountDownLatch(1);
        send("kill");
      }
      done = killing;
    }
    return done.await(KILL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Has a newer version of this program started, which waits until this one ends.
  ///
  /// @param version its folder
  /// @param file where it says that it stands by
  /// @return its process; 0 if the guard doesn't answer
  public long prepare(String version, String file) throws InterruptedException {
    var answer = new CompletableFuture<Long>();
    prepared = answer;
    send("prepare " + version + " " + file);
    try {
      return answer.get(KILL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return 0;
    }
  }

  /// The newer version isn't wanted any more.
  public void abandon() {
    send("abandon");
  }

  /// The newer version goes on when this process ends, which is to be now.
  public void changeOver() {
    send("switch");
  }

  /// This process goes on where the one before was; that one isn't needed any more.
  public void adopted() {
    send("adopted");
  }

  /// Waits, in a process that was started to go on where another one is, until that one has ended.
  public void awaitGo() throws InterruptedException {
    go.await();
  }

  private void goOn(String permit) {
    if (!permit.isEmpty()) {
      kept = BootClock.ofHundredths(Long.parseLong(permit));
      permittedUntil = kept;
      permitted = true;
    }
    go.countDown();
  }

  private void send(String order) {
    byte[] line = (order + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      synchronized (orders) {
        orders.write(line);
        orders.flush();
      }
    } catch (IOException e) {
      lose("the guard's pipe is broken: " + e.getMessage());
    }
  }

  private void read(InputStream answers) {
    try (var reader =
        new BufferedReader(new InputStreamReader(answers, StandardCharsets.US_ASCII), 256)) {
      String line = reader.readLine();
      while (line != null) {
        answer(line);
        line = reader.readLine();
      }
      lose("the guard ended");
    } catch (IOException e) {
      lose("the guard's pipe is broken: " + e.getMessage());
    }
  }

  private void answer(String line) {
    if (line.startsWith("pong ")) {
      answered = Long.parseLong(line.substring(5));
    } else if (line.startsWith("prepared ")) {
      CompletableFuture<Long> asked = prepared;
      if (asked != null) {
        asked.complete(Long.parseLong(line.substring(9)));
      }
    } else if (line.startsWith("go")) {
      goOn(line.substring(2).strip());
    } else if (line.equals("killed")) {
      synchronized (this) {
        if (killing != null) {
          killing.countDown();
          killing = null;
        }
      }
    } else if (line.startsWith("fired ")) {
      permitted = false;
      fired.accept("the guard killed PostgreSQL: " + line.substring(6));
    } else {
      LOG.atWarn().addKeyValue("line", line).log("guard said something unknown");
    }
  }

  /// A frozen guard guards nothing: while there is a permit, it has to answer.
  private void ping() {
    try {
      while (!gone.get()) {
        Thread.sleep(PING_INTERVAL);
        long now = clock.nanos();
        if (!permitted) {
          pinged = 0;
          continue;
        }
        if (pinged != 0 && answered < pinged && now - pinged > PONG_LIMIT.toNanos()) {
          lose(
              "the guard doesn't answer: asked %d ms ago, answered what was asked %d ms ago"
                  .formatted((now - pinged) / 1_000_000, (now - answered) / 1_000_000));
        } else if (pinged == 0 || answered >= pinged) {
          pinged = now;
          send("ping " + now);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lose(String reason) {
    if (gone.compareAndSet(false, true)) {
      lost.accept(reason);
    }
  }
}
