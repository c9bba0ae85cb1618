// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.sql;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection to the own server over its Unix socket, as `postgres`, whom `peer` authentication
/// lets in.
///
/// It speaks the simple query protocol (PostgreSQL manual, "Message Formats"): texts in, texts out,
/// several statements at once if need be. Each call has a deadline; after one that passed the
/// session is closed. For one thread at a time.
public final class LocalSession implements AutoCloseable {
  private static final ScheduledThreadPoolExecutor DEADLINES = deadlines();
  private static final int PROTOCOL = 3 << 16;
  private static final int LARGEST_MESSAGE = 16 * 1024 * 1024;

  private final SocketChannel channel;
  private ByteBuffer in = ByteBuffer.allocate(8192);
  private volatile boolean late;

  private LocalSession(SocketChannel channel) {
    this.channel = channel;
    in.limit(0);
  }

  private static ScheduledThreadPoolExecutor deadlines() {
    var executor =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().daemon().name("sql-deadlines").unstarted(task));
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }

  /// Connects to a database of the server whose socket is in `folder`.
  public static LocalSession open(Path folder, int port, String database, Duration deadline)
      throws SqlFailure {
    return open(folder, port, database, Map.of(), deadline);
  }

  /// The same with settings for the session.
  public static LocalSession open(
      Path folder, int port, String database, Map<String, String> settings, Duration deadline)
      throws SqlFailure {
    LocalSession session;
    try {
      session = new LocalSession(SocketChannel.open(StandardProtocolFamily.UNIX));
    } catch (IOException e) {
      throw new SqlFailure(SqlFailure.UNREACHABLE, "no Unix socket: " + e.getMessage(), e);
    }
    try {
      session.within(
          deadline,
          () -> {
            session.channel.connect(UnixDomainSocketAddress.of(folder.resolve(".s.PGSQL." + port)));
            session.greet(database, settings);
            return session;
          });
      return session;
    } catch (SqlFailure e) {
      session.close();
      throw e;
    }
  }

  /// Runs one or more statements and returns the rows of the last that has any.
  public Rows query(String sql, Duration deadline) throws SqlFailure {
    return within(
        deadline,
        () -> {
          send('Q', sql);
          return receive();
        });
  }

  /// Quotes a value for use in a statement.
  public static String literal(String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a text for PostgreSQL cannot hold a NUL");
    }
    String quoted = "'" + value.replace("'", "''") + "'";
    return quoted.indexOf('\\') >= 0 ? " E" + quoted.replace("\\", "\\\\") : quoted;
  }

  /// Quotes the name of a role, database or the like.
  public static String identifier(String name) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a name: \"" + name + "\"");
    }
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  @FunctionalInterface
  private interface Exchange<T> {
    T run() throws IOException;
  }

  private <T> T within(Duration deadline, Exchange<T> exchange) throws SqlFailure {
    ScheduledFuture<?> alarm =
        DEADLINES.schedule(
            () -> {
              late = true;
              close();
            },
            deadline.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      return exchange.run();
    } catch (SqlFailure e) {
      throw e;
    } catch (IOException e) {
      close();
      throw late
          ? new SqlFailure(
              SqlFailure.DEADLINE, "no answer within " + deadline.toMillis() + " ms", e)
          : new SqlFailure(SqlFailure.UNREACHABLE, "connection lost: " + e, e);
    } finally {
      alarm.cancel(false);
    }
  }

  private void greet(String database, Map<String, String> settings) throws IOException {
    Map<String, String> all = new HashMap<>(settings);
    all.put("user", "postgres");
    all.put("database", database);
    all.putIfAbsent("application_name", "howdah");
    all.putIfAbsent("client_encoding", "UTF8");
    all.putIfAbsent("search_path", "pg_catalog");
    var text = new StringBuilder();
    all.forEach((name, value) -> text.append(name).append('\0').append(value).append('\0'));
    byte[] bytes = text.append('\0').toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer message = ByteBuffer.allocate(bytes.length + 8);
    message.putInt(bytes.length + 8).putInt(PROTOCOL).put(bytes).flip();
    write(message);
    receive();
  }

  private void send(char type, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer message = ByteBuffer.allocate(bytes.length + 6);
    message.put((byte) type).putInt(bytes.length + 5).put(bytes).put((byte) 0).flip();
    write(message);
  }

  private void write(ByteBuffer message) throws IOException {
    while (message.hasRemaining()) {
      channel.write(message);
    }
  }

  /// Reads until the server is ready for the next query.
  private Rows receive() throws IOException {
    List<String> columns = List.of();
    List<Rows.Row> rows = new ArrayList<>();
    SqlFailure failure = null;
    while (true) {
      fill(5);
      byte type = in.get();
      int length = in.getInt() - 4;
      if (length < 0 || length > LARGEST_MESSAGE) {
        throw new IOException("a message of " + length + " bytes");
      }
      fill(length);
      ByteBuffer body = in.slice(in.position(), length);
      in.position(in.position() + length);
      switch (type) {
        case 'T' -> {
          columns = columns(body);
          rows.clear();
        }
        case 'D' -> rows.add(new Rows.Row(columns, values(body)));
        case 'E' -> {
          failure = failure(body);
          if (failure.state().startsWith("57P") || failure.state().startsWith("28")) {
            throw failure; // the server closes the connection
          }
        }
        case 'R' -> authenticate(body.getInt());
        case 'Z' -> {
          if (failure != null) {
            throw failure;
          }
          return new Rows(columns, rows);
        }
        default -> {} // notices, settings, the key to cancel, ends of commands
      }
    }
  }

  private static void authenticate(int method) throws IOException {
    if (method != 0) {
      throw new SqlFailure(
          "28000", "the server asks for a password on its Unix socket; pg_hba.conf is not ours");
    }
  }

  private static List<String> columns(ByteBuffer body) {
    List<String> names = new ArrayList<>();
    for (int i = body.getShort(); i > 0; i--) {
      names.add(string(body));
      body.position(body.position() + 18);
    }
    return List.copyOf(names);
  }

  private static @Nullable String[] values(ByteBuffer body) {
    @Nullable String[] values = new String[body.getShort()];
    for (int i = 0; i < values.length; i++) {
      int length = body.getInt();
      if (length >= 0) {
        byte[] bytes = new byte[length];
        body.get(bytes);
        values[i] = new String(bytes, StandardCharsets.UTF_8);
      }
    }
    return values;
  }

  private static SqlFailure failure(ByteBuffer body) {
    String state = "";
    String message = "";
    String detail = "";
    for (byte field = body.get(); field != 0; field = body.get()) {
      String value = string(body);
      switch (field) {
        case 'C' -> state = value;
        case 'M' -> message = value;
        case 'D' -> detail = " (" + value + ")";
        default -> {}
      }
    }
    return new SqlFailure(state, message + detail);
  }

  private static String string(ByteBuffer body) {
    int start = body.position();
    while (body.get() != 0) {
      // to the end of the string
    }
    byte[] bytes = new byte[body.position() - start - 1];
    body.get(start, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// Makes sure that so many bytes can be taken from `in`.
  private void fill(int count) throws IOException {
    if (in.remaining() >= count) {
      return;
    }
    ByteBuffer target = in;
    if (in.capacity() < count) {
      target = ByteBuffer.allocate(Math.max(count, 2 * in.capacity()));
      target.put(in);
    } else {
      target.compact();
    }
    while (target.position() < count) {
      if (channel.read(target) < 0) {
        throw new EOFException("the server closed the connection");
      }
    }
    in = target.flip();
  }

  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing can be done, and nothing is lost.
    }
  }
}
