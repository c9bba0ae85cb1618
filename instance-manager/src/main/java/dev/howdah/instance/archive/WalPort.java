// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.archive;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the stubs ask that PostgreSQL runs as `archive_command` and `restore_command`: one line
/// asks, one line answers. A connection that ends without an answer is a failure, never a success.
///
/// It listens on the pod's loopback only; a file that only our user can read holds the address and
/// the word that a question must begin with.
public final class WalPort implements AutoCloseable {
  /// The file, in the scratch volume, that tells the stubs where to ask.
  public static final String FILE = "wal-port";

  private static final Logger LOG = LoggerFactory.getLogger(WalPort.class);
  private static final int QUESTION_MILLIS = 10_000;

  private final ServerSocket socket;
  private final String word;
  private final Handler handler;

  /// Answers a question.
  @FunctionalInterface
  public interface Handler {
    /// @param words what is asked, and about what
    /// @return `ok`, `absent`, `failed WHY`, `abort WHY`
    String answer(String... words) throws InterruptedException;
  }

  private WalPort(ServerSocket socket, String word, Handler handler) {
    this.socket = socket;
    this.word = word;
    this.handler = handler;
  }

  /// Listens, and leaves the file for the stubs.
  ///
  /// @param address the pod's own in the embedded mode; empty for 127.0.0.1
  public static WalPort start(String address, Path scratch, Handler handler) throws IOException {
    var random = new byte[16];
    new SecureRandom().nextBytes(random);
    String word = HexFormat.of().formatHex(random);
    String host = address.isEmpty() ? "127.0.0.1" : address;
    var socket = new ServerSocket();
    socket.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
    var port = new WalPort(socket, word, handler);
    Path temporary = scratch.resolve(FILE + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(
        temporary,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(temporary, host + " " + socket.getLocalPort() + " " + word + "\n");
    Files.move(temporary, scratch.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    Thread.ofVirtual().name("wal-port").start(port::accept);
    return port;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().name("wal-question").start(() -> serve(client));
      } catch (IOException e) {
        if (!socket.isClosed()) {
          LOG.atWarn().addKeyValue("error", e.getMessage()).log("no question accepted");
        }
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setSoTimeout(QUESTION_MILLIS);
      var in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      String line = in.readLine();
      String[] words = line == null ? new String[0] : line.split(" ", 4);
      if (words.length < 2 || !isWord(words[0])) {
        return;
      }
      String answer = handler.answer(java.util.Arrays.copyOfRange(words, 1, words.length));
      client
          .getOutputStream()
          .write((answer.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("a question was not answered");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).log("a question was not answered");
    }
  }

  private boolean isWord(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), word.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
