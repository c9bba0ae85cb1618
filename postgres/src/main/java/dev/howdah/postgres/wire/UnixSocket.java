// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A Unix socket in the clothes of a TCP socket.
///
/// Reads honour the socket's timeout; options of TCP do nothing.
final class UnixSocket extends Socket {
  private final Path path;
  private final SocketChannel channel;
  private final Selector readable;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile int timeoutMillis;

  UnixSocket(Path path) throws IOException {
    super((@Nullable SocketImpl) null);
    this.path = path;
    this.channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    this.readable = Selector.open();
  }

  void connect() throws IOException {
    // Not blocking: with a frozen server and its queue full, a blocking connect would wait for
    // ever.
    channel.configureBlocking(false);
    if (!channel.connect(UnixDomainSocketAddress.of(path))) {
      throw new SocketException("the queue of connections at " + path + " is full");
    }
    channel.register(readable, SelectionKey.OP_READ);
  }

  @Override
  public void connect(@Nullable SocketAddress ignored) throws IOException {
    connect();
  }

  /// A local connect does not wait for a network; a full backlog fails at once.
  @Override
  public void connect(@Nullable SocketAddress ignored, int timeout) throws IOException {
    connect();
  }

  @Override
  public InputStream getInputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        long end = System.nanoTime() + timeoutMillis * 1_000_000L;
        while (true) {
          int count = channel.read(buffer);
          if (count != 0) {
            return count;
          }
          long left = timeoutMillis == 0 ? 0 : (end - System.nanoTime()) / 1_000_000L;
          if (timeoutMillis != 0 && left <= 0) {
            throw new SocketTimeoutException("no answer within " + timeoutMillis + " ms");
          }
          readable.selectedKeys().clear();
          readable.select(left);
          if (Thread.interrupted()) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted");
          }
        }
      }

      @Override
      public int available() {
        return 0;
      }

      @Override
      public void close() throws IOException {
        UnixSocket.this.close();
      }
    };
  }

  @Override
  public OutputStream getOutputStream() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        writing.lock();
        try {
          writeAll(ByteBuffer.wrap(bytes, offset, length));
        } finally {
          writing.unlock();
        }
      }

      @Override
      public void close() throws IOException {
        UnixSocket.this.close();
      }
    };
  }

  private void writeAll(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.write(buffer) == 0) {
        try (Selector writable = Selector.open()) {
          SelectionKey key = channel.register(writable, SelectionKey.OP_WRITE);
          if (writable.select(Math.max(timeoutMillis, 10_000)) == 0) {
            throw new SocketTimeoutException("the server does not read what it is sent");
          }
          key.cancel();
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (readable) {
      channel.close();
    }
  }

  @Override
  public boolean isConnected() {
    return channel.isConnected();
  }

  @Override
  public boolean isBound() {
    return channel.isConnected();
  }

  @Override
  public boolean isClosed() {
    return !channel.isOpen();
  }

  @Override
  public void setSoTimeout(int timeout) {
    timeoutMillis = timeout;
  }

  @Override
  public int getSoTimeout() {
    return timeoutMillis;
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    return null;
  }

  @Override
  public @Nullable SocketAddress getRemoteSocketAddress() {
    return UnixDomainSocketAddress.of(path);
  }

  @Override
  public void shutdownInput() throws IOException {
    channel.shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public boolean getKeepAlive() {
    return false;
  }

  @Override
  public void setSendBufferSize(int size) {}

  @Override
  public int getSendBufferSize() throws SocketException {
    return 64 * 1024;
  }

  @Override
  public void setReceiveBufferSize(int size) {}

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return 64 * 1024;
  }

  @Override
  public String toString() {
    return "UnixSocket[" + path + "]";
  }
}
