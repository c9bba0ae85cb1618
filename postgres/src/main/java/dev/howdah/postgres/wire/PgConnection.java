// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import dev.howdah.postgres.PostgresException;
import dev.howdah.postgres.wire.Frames.Frame;
import dev.howdah.postgres.wire.Frames.Message;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One session with a server. Calls are serialised; each has a deadline, after which the connection
/// is closed.
///
/// A statement that fails leaves the connection usable.
public final class PgConnection implements AutoCloseable {
  private final ServerAddress address;
  private final Socket socket;
  private final Frames frames;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, String> parameters = new ConcurrentHashMap<>();
  private volatile boolean broken;
  private char transaction = 'I';

  /// How to log in.
  ///
  /// @param password null where the operating system or a certificate vouches for us
  /// @param settings parameters of the session, such as `application_name` and `search_path`
  public record Login(
      String user, String database, @Nullable String password, Map<String, String> settings) {
    public Login {
      settings = Map.copyOf(settings);
    }

    /// Without a password, and with names looked up in the system's own schema only.
    public static Login of(String user, String database, String applicationName) {
      return new Login(
          user,
          database,
          null,
          Map.of("application_name", applicationName, "search_path", "pg_catalog"));
    }

    public Login with(String setting, String value) {
      var map = new LinkedHashMap<>(settings);
      map.put(setting, value);
      return new Login(user, database, password, map);
    }

    public Login withPassword(String changed) {
      return new Login(user, database, changed, settings);
    }

    @Override
    public String toString() {
      return user + "@" + database;
    }
  }

  private PgConnection(ServerAddress address, Socket socket) throws IOException {
    this.address = address;
    this.socket = socket;
    this.frames = new Frames(socket);
  }

  /// Connects and logs in.
  ///
  /// @throws ConnectionFailure if nobody answers in time
  /// @throws SqlFailure if the server refuses
  public static PgConnection open(ServerAddress address, Login login, Duration limit) {
    Socket socket;
    try {
      socket = address.connect(limit);
    } catch (IOException e) {
      throw new ConnectionFailure("no PostgreSQL server at " + address + ": " + e.getMessage(), e);
    }
    boolean done = false;
    try {
      var connection = new PgConnection(address, socket);
      connection.logIn(login);
      done = true;
      return connection;
    } catch (IOException e) {
      throw new ConnectionFailure("cannot log in at " + address + ": " + e.getMessage(), e);
    } finally {
      if (!done) {
        quietly(socket);
      }
    }
  }

  private void logIn(Login login) throws IOException {
    Message start = new Message().int32(196608);
    start.string("user").string(login.user()).string("database").string(login.database());
    start.string("client_encoding").string("UTF8");
    login.settings().forEach((name, value) -> start.string(name).string(value));
    frames.writeBody(start.int8(0));
    frames.flush();
    Scram.@Nullable Exchange exchange = null;
    while (true) {
      Frame frame = frames.read();
      switch (frame.type()) {
        case 'R' -> exchange = authenticate(frame, login, exchange);
        case 'Z' -> {
          return;
        }
        case 'E' -> throw new SqlFailure(frame.fields());
        default -> background(frame);
      }
    }
  }

  private Scram.@Nullable Exchange authenticate(
      Frame frame, Login login, Scram.@Nullable Exchange running) throws IOException {
    int request = frame.int32();
    switch (request) {
      case 0 -> {
        return running;
      }
      case 10 -> {
        if (login.password() == null) {
          throw new IOException("the server asks " + login.user() + " for a password");
        }
        var exchange = new Scram.Exchange(login.password());
        byte[] first = exchange.first().getBytes(StandardCharsets.UTF_8);
        frames.write('p', new Message().string("SCRAM-SHA-256").int32(first.length).raw(first));
        frames.flush();
        return exchange;
      }
      case 11, 12 -> {
        if (running == null) {
          throw new IOException("the server continues what was not begun");
        }
        String text = new String(frame.rest(), StandardCharsets.UTF_8);
        if (request == 12) {
          running.verify(text);
        } else {
          byte[] answer = running.answer(text).getBytes(StandardCharsets.UTF_8);
          frames.write('p', new Message().raw(answer));
          frames.flush();
        }
        return running;
      }
      default ->
          throw new IOException(
              "the server asks for authentication of kind " + request + "; use scram-sha-256");
    }
  }

  /// What a result may measure at most.
  ///
  /// @param rows 0 for any number
  public record Most(int rows, int bytes) {
    static final Most ANY = new Most(0, Integer.MAX_VALUE);
  }

  /// Runs one statement with parameters `$1`, `$2`, … as texts, and returns its result.
  public Rows query(Duration limit, String sql, @Nullable String... values) {
    return query(limit, Most.ANY, sql, values);
  }

  /// The same for a statement that could answer with anything.
  ///
  /// @throws PostgresException if there are more rows; the connection stays usable
  /// @throws ConnectionFailure if there are more bytes
  public Rows query(Duration limit, Most most, String sql, @Nullable String... values) {
    return exchange(
        limit,
        most,
        () -> {
          frames.write('P', new Message().string("").string(sql).int16(0));
          Message bind = new Message().string("").string("").int16(0).int16(values.length);
          for (String value : values) {
            bind.value(value);
          }
          frames.write('B', bind.int16(0));
          frames.write('D', new Message().int8('P').string(""));
          frames.write('E', new Message().string("").int32(most.rows()));
          frames.write('S', new Message());
        });
  }

  /// Runs one or more statements, parted by semicolons, and returns the result of the last one.
  /// They run in one transaction unless they control transactions themselves. Also for the commands
  /// of a replication connection.
  public Rows script(Duration limit, String sql) {
    return exchange(limit, Most.ANY, () -> frames.write('Q', new Message().string(sql)));
  }

  private interface Request {
    void send() throws IOException;
  }

  private Rows exchange(Duration limit, Most most, Request request) {
    lock.lock();
    try {
      if (broken) {
        throw new ConnectionFailure("the connection to " + address + " is closed");
      }
      boolean clean = false;
      try {
        long end = System.nanoTime() + limit.toNanos();
        request.send();
        frames.flush();
        Rows rows = readResult(end, most);
        clean = true;
        return rows;
      } catch (PostgresException e) {
        clean = true;
        throw e;
      } catch (IOException e) {
        throw new ConnectionFailure(
            "the connection to " + address + " broke: " + e.getMessage(), e);
      } finally {
        if (!clean) {
          close();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private Rows readResult(long end, Most most) throws IOException {
    List<String> names = List.of();
    var rows = new ArrayList<Rows.Row>();
    String tag = "";
    @Nullable PostgresException failure = null;
    int room = most.bytes();
    while (true) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) { // also while the server keeps talking
        throw new SocketTimeoutException("no result in time");
      }
      socket.setSoTimeout(Math.clamp(left, 1, Integer.MAX_VALUE));
      Frame frame = frames.read(room);
      switch (frame.type()) {
        case 'T' -> {
          names = columns(frame);
          rows.clear();
        }
        case 'D' -> {
          room -= frame.content().limit();
          rows.add(row(names, frame));
        }
        case 's' -> failure = new PostgresException("more than " + most.rows() + " rows");
        case 'C' -> tag = frame.string();
        case 'E' -> failure = failure == null ? new SqlFailure(frame.fields()) : failure;
        case 'Z' -> {
          transaction = (char) frame.content().get();
          if (failure != null) {
            throw failure;
          }
          return new Rows(names, rows, tag);
        }
        case 'G', 'H', 'W' -> throw new IOException("COPY is not supported here");
        default -> background(frame);
      }
    }
  }

  private static List<String> columns(Frame frame) {
    int count = frame.int16();
    var names = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      names.add(frame.string());
      frame.content().position(frame.content().position() + 18);
    }
    return List.copyOf(names);
  }

  private static Rows.Row row(List<String> names, Frame frame) {
    @Nullable String[] values = new @Nullable String[frame.int16()];
    for (int i = 0; i < values.length; i++) {
      values[i] = frame.value();
    }
    return new Rows.Row(names, values);
  }

  /// What the server may say at any time: parameters that changed, notices, notifications.
  private void background(Frame frame) {
    if (frame.type() == 'S') {
      parameters.put(frame.string(), frame.string());
    }
  }

  /// A parameter that the server reports on its own, such as `server_version` or `in_hot_standby`.
  public String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /// Whether a transaction is open, failed or not.
  public boolean isInTransaction() {
    return transaction != 'I';
  }

  public boolean isOpen() {
    return !broken;
  }

  public ServerAddress address() {
    return address;
  }

  /// Ends the session. Also interrupts a call that waits for the server in another thread.
  @Override
  public void close() {
    if (!broken) {
      broken = true;
      if (lock.tryLock()) {
        try {
          frames.write('X', new Message());
          frames.flush();
        } catch (IOException e) {
          // The server is gone before us.
        } finally {
          lock.unlock();
        }
      }
    }
    quietly(socket);
  }

  private static void quietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closed is closed.
    }
  }
}
