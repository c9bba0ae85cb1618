// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.log;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.howdah.log.JsonLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.io.Reader;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads PostgreSQL's log from named pipes and writes it as JSON lines.
///
/// The pipes must have a reader before PostgreSQL opens them, and always afterwards: else it would
/// create files in their place, or wait. So each is opened for reading and writing at once, which
/// neither blocks nor ever ends.
public final class PostgresLog {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresLog.class);
  private static final int LONGEST_LINE = 64 * 1024;

  /// The columns of the CSV log in order (PostgreSQL manual, "Using CSV-Format Log Output").
  private static final List<String> COLUMNS =
      List.of(
          "log_time",
          "user_name",
          "database_name",
          "process_id",
          "connection_from",
          "session_id",
          "session_line_num",
          "command_tag",
          "session_start_time",
          "virtual_transaction_id",
          "transaction_id",
          "error_severity",
          "sql_state_code",
          "message",
          "detail",
          "hint",
          "internal_query",
          "internal_query_pos",
          "context",
          "query",
          "query_pos",
          "location",
          "application_name",
          "backend_type",
          "leader_pid",
          "query_id");

  private static final List<String> AUDIT_COLUMNS =
      List.of(
          "audit_type",
          "statement_id",
          "substatement_id",
          "class",
          "command",
          "object_type",
          "object_name",
          "statement",
          "parameter");

  private static final String AUDIT = "AUDIT: ";

  private final Path folder;
  private final Consumer<Message> listener;

  /// What another part may want to hear of.
  public record Message(String backendType, String severity, String text) {}

  public PostgresLog(Path folder, Consumer<Message> listener) {
    this.folder = folder;
    this.listener = listener;
  }

  /// Makes the pipes and starts to read them; returns when PostgreSQL may be started.
  public void start() throws IOException, InterruptedException {
    Files.createDirectories(folder);
    read("postgres.csv", this::csv);
    read("postgres", reader -> lines(reader, "postgres"));
    read("postgres.json", this::json);
  }

  @FunctionalInterface
  private interface Reading {
    void from(Reader reader) throws IOException;
  }

  private void read(String name, Reading reading) throws IOException, InterruptedException {
    Path pipe = folder.resolve(name);
    if (!isPipe(pipe)) {
      Files.deleteIfExists(pipe);
      Process make = new ProcessBuilder("mkfifo", "-m", "0600", pipe.toString()).start();
      if (make.waitFor() != 0) {
        throw new IOException("cannot make the named pipe " + pipe);
      }
    }
    var file = new RandomAccessFile(pipe.toFile(), "rw");
    InputStream in = Channels.newInputStream(file.getChannel());
    Thread thread =
        new Thread(
            null,
            () -> {
              try (var reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
                reading.from(reader);
              } catch (IOException | RuntimeException e) {
                LOG.atError().addKeyValue("pipe", name).setCause(e).log("log pipe failed");
              }
            },
            "log-" + name,
            192 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  private static boolean isPipe(Path path) throws IOException {
    return Files.exists(path)
        && Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).isOther();
  }

  private void csv(Reader reader) throws IOException {
    var records = new CsvRecords(reader);
    List<String> values = records.next();
    while (!values.isEmpty()) {
      record(values);
      values = records.next();
    }
  }

  private void record(List<String> values) {
    if (values.size() < 20) {
      String text = String.join(",", values);
      JsonLog.current().relay("postgres", text, _ -> {});
      return;
    }
    String message = values.get(13);
    boolean audit = message.startsWith(AUDIT);
    JsonLog.current()
        .relay(
            audit ? "pgaudit" : "postgres",
            "record",
            json -> {
              json.writeObjectFieldStart("record");
              fields(json, COLUMNS, values);
              if (audit) {
                json.writeObjectFieldStart("audit");
                var reader = new java.io.StringReader(message.substring(AUDIT.length()));
                fields(json, AUDIT_COLUMNS, new CsvRecords(reader).next());
                json.writeEndObject();
              }
              json.writeEndObject();
            });
    String backend = values.size() > 23 ? values.get(23) : "";
    listener.accept(new Message(backend, values.get(11), message));
  }

  private static void fields(JsonGenerator json, List<String> names, List<String> values)
      throws IOException {
    for (int i = 0; i < Math.min(names.size(), values.size()); i++) {
      if (!values.get(i).isEmpty()) {
        json.writeStringField(names.get(i), values.get(i));
      }
    }
  }

  /// Lines that are JSON already, from our own commands (`wal-archive`, `wal-restore`).
  private void json(Reader reader) throws IOException {
    lines(reader, "wal");
  }

  /// Text that didn't go through the log collector: the first and the last words of a server.
  static void lines(Reader reader, String logger) throws IOException {
    var line = new StringBuilder();
    int c = reader.read();
    while (c >= 0) {
      if (c == '\n') {
        JsonLog.current().relay(logger, line.toString(), _ -> {});
        line.setLength(0);
      } else if (line.length() < LONGEST_LINE) {
        line.append((char) c);
      }
      c = reader.read();
    }
    if (!line.isEmpty()) {
      JsonLog.current().relay(logger, line.toString(), _ -> {});
    }
  }
}
