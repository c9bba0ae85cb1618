// SPDX-License-Identifier: Apache-2.0
package dev.howdah.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/// Writes one JSON object per line on standard output.
///
/// A reader that stops reading must not stop us (the permit would end): lines go through a bounded
/// queue, and what doesn't fit is counted and dropped.
public final class JsonLog {
  private static final int QUEUE = 1024;
  private static final int LONGEST = 256 * 1024;
  private static final JsonFactory JSON = new JsonFactory();
  private static volatile JsonLog current =
      new JsonLog(LogSettings.of(""), new FileOutputStream(FileDescriptor.out));

  private final LogSettings settings;
  private final OutputStream out;
  private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicLong dropped = new AtomicLong();

  /// Lines that were accepted: those in the queue, and the one that is being written.
  private final AtomicLong unwritten = new AtomicLong();

  private final InstantSource clock = InstantSource.system();
  private final Object started = new Object();
  private @Nullable Thread writer;

  /// Adds the fields of one line.
  @FunctionalInterface
  public interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  public JsonLog(LogSettings settings, OutputStream out) {
    this.settings = settings;
    this.out = out;
  }

  public static JsonLog current() {
    return current;
  }

  /// Sets the log of this process; `Main` calls it once, before anything else logs.
  public static void use(LogSettings settings) {
    current = new JsonLog(settings, new FileOutputStream(FileDescriptor.out));
  }

  /// The same with another place to write to.
  public static void use(LogSettings settings, OutputStream out) {
    current = new JsonLog(settings, out);
  }

  public boolean isEnabled(Level level) {
    return level.toInt() >= settings.level().toInt();
  }

  /// Logs one of our own messages; never waits.
  void message(
      Level level,
      String logger,
      String text,
      Map<String, Object> facts,
      @Nullable Throwable cause) {
    line(
        level,
        logger,
        text,
        json -> {
          for (var fact : facts.entrySet()) {
            json.writeFieldName(fact.getKey());
            value(json, fact.getValue());
          }
          if (cause != null) {
            json.writeStringField("error", String.valueOf(cause.getMessage()));
            json.writeStringField("stacktrace", trace(cause));
          }
        },
        0);
  }

  /// Logs what another program said; waits a little for room, so that a burst isn't lost.
  public void relay(String logger, String text, Fields fields) {
    line(Level.INFO, logger, text, fields, 200);
  }

  private void line(Level level, String logger, String text, Fields fields, long waitMillis) {
    var bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField(settings.levelField(), LogSettings.word(level));
      Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
      json.writeStringField(settings.timeField(), now.toString());
      json.writeStringField("logger", logger);
      json.writeStringField("msg", text);
      if (!settings.pod().isEmpty()) {
        json.writeStringField("logging_pod", settings.pod());
      }
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing JSON to memory", e);
    }
    if (bytes.size() > LONGEST) {
      dropped.incrementAndGet();
      return;
    }
    bytes.write('\n');
    enqueue(bytes.toByteArray(), waitMillis);
  }

  private void enqueue(byte[] line, long waitMillis) {
    startWriter();
    unwritten.incrementAndGet();
    boolean accepted = false;
    try {
      accepted =
          waitMillis == 0
              ? queue.offer(line)
              : queue.offer(line, waitMillis, TimeUnit.MILLISECONDS);
      if (!accepted) {
        dropped.incrementAndGet();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!accepted) {
        unwritten.decrementAndGet();
      }
    }
  }

  private void startWriter() {
    synchronized (started) {
      if (writer == null) {
        Thread thread = new Thread(this::writeAll, "log");
        thread.setDaemon(true);
        thread.start();
        writer = thread;
      }
    }
  }

  private void writeAll() {
    try {
      while (true) {
        byte[] line = queue.take();
        try {
          out.write(line);
        } finally {
          unwritten.decrementAndGet();
        }
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
          message(Level.WARN, "log", "log lines dropped", Map.of("lines", lost), null);
        }
      }
    } catch (IOException e) {
      drainForever();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Nobody reads any more; go on without a log.
  private void drainForever() {
    try {
      while (true) {
        queue.take();
        unwritten.decrementAndGet();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits until what was logged is written, at most a second: before the process ends.
  public void flush() {
    flush(Duration.ofSeconds(1));
  }

  void flush(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (unwritten.get() > 0 && System.nanoTime() < end) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      default -> json.writeString(value.toString());
    }
  }

  private static String trace(Throwable cause) {
    var text = new StringWriter();
    cause.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
