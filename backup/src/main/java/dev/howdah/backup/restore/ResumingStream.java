// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.restore;

import dev.howdah.objectstore.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// Reads an object through to its end, going on where a broken connection left off.
final class ResumingStream extends InputStream {
  private static final int TRIES = 6;
  private final ObjectStore store;
  private final String key;
  private InputStream current;
  private long at;

  ResumingStream(ObjectStore store, String key) {
    this.store = store;
    this.key = key;
    this.current = store.get(key, 0);
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    int n = read(one, 0, 1);
    return n < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        int n = current.read(into, offset, length);
        if (n > 0) {
          at += n;
        }
        return n;
      } catch (InterruptedIOException e) {
        if (!(e instanceof SocketTimeoutException)) {
          throw e;
        }
        reopen(attempt, e);
      } catch (IOException e) {
        reopen(attempt, e);
      }
    }
  }

  private void reopen(int attempt, IOException why) throws IOException {
    if (attempt == TRIES) {
      throw why;
    }
    current.close();
    try {
      Thread.sleep(Duration.ofMillis(100L << attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("cancelled", e);
    }
    current = store.get(key, at);
  }

  @Override
  public void close() throws IOException {
    current.close();
  }
}
