// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ForwardingStore;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.file.FileStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PartSinkTest {
  private static final int PART = 16;

  @TempDir private Path folder;

  /// A folder whose second part can't be sent.
  private static ObjectStore failing(ObjectStore store, Throwable why, AtomicBoolean givenUp) {
    return (ObjectStore)
        Proxy.newProxyInstance(
            PartSinkTest.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (_, method, arguments) -> {
              try {
                var result = method.invoke(store, arguments);
                return result instanceof ObjectStore.Upload upload
                    ? new SecondFails(upload, why, givenUp)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private record SecondFails(
      ObjectStore.Upload upload, Throwable why, AtomicBoolean givenUp, AtomicInteger parts)
      implements ObjectStore.Upload {
    SecondFails(ObjectStore.Upload upload, Throwable why, AtomicBoolean givenUp) {
      this(upload, why, givenUp, new AtomicInteger());
    }

    @Override
    public void part(int number, Body body) {
      if (parts.incrementAndGet() == 2) {
        if (why instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) why;
      }
      upload.part(number, body);
    }

    @Override
    public void complete() {
      upload.complete();
    }

    @Override
    public void close() {
      givenUp.set(true);
      upload.close();
    }
  }

  @Test
  void makesNoObjectWhenMemoryRanOutWhileAPartWasSent() throws Exception {
    noObject(new OutOfMemoryError("Java heap space"));
  }

  @Test
  void makesNoObjectWhenAPartFailedForWhateverReason() throws Exception {
    noObject(new IllegalStateException("a bug"));
  }

  private void noObject(Throwable why) throws Exception {
    var givenUp = new AtomicBoolean();
    try (var files = new FileStore(folder);
        var store = failing(files, why, givenUp)) {
      var sink = new PartSink(store, "a/data.tar", PutOptions.PLAIN, new PartBuffers(3, PART));
      assertThatThrownBy(
              () -> {
                try (sink) {
                  for (int i = 0; i < 20; i++) {
                    sink.write(new byte[PART]);
                  }
                  sink.complete();
                }
              })
          .hasStackTraceContaining(why.getMessage());

      assertThat(files.head("a/data.tar")).isEmpty();
      assertThat(givenUp).isTrue();
    }
  }

  /// An upload whose parts pass as slowly as can be.
  private static final class Stuck implements ObjectStore.Upload {
    private final CountDownLatch sending = new CountDownLatch(2);
    private final AtomicInteger onTheirWay = new AtomicInteger();
    private final List<String> givenUp = new CopyOnWriteArrayList<>();

    @Override
    public void part(int number, Body body) {
      onTheirWay.incrementAndGet();
      sending.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "cancelled", e);
      } finally {
        onTheirWay.decrementAndGet();
      }
    }

    @Override
    public void complete() {
      throw new IllegalStateException("completed");
    }

    @Override
    public void close() {
      givenUp.add(
          "%d on their way, interrupted %s"
              .formatted(onTheirWay.get(), Thread.currentThread().isInterrupted()));
    }
  }

  /// At a low bandwidth they would take minutes, and the store hears only of them.
  @Test
  void whatIsOnItsWayIsCutOffWhenItIsGivenUp() throws Exception {
    var stuck = new Stuck();
    try (var files = new FileStore(folder)) {
      var store =
          new ForwardingStore(files) {
            @Override
            public Upload begin(String key, PutOptions options) {
              return stuck;
            }
          };
      var interrupted = new AtomicBoolean();
      var buffers = new PartBuffers(2, PART);
      var writer =
          Thread.ofPlatform()
              .start(() -> {
                try (var sink = new PartSink(store, "a/data.tar", PutOptions.PLAIN, buffers)) {
                  while (true) {
                    sink.write(new byte[PART]);
                  }
                } catch (IOException e) {
                  interrupted.set(Thread.currentThread().isInterrupted());
                }
              });
      stuck.sending.await();

      writer.interrupt();
      writer.join();

      assertThat(stuck.givenUp).containsExactly("0 on their way, interrupted false");
      assertThat(interrupted).isTrue();
    }
  }
}
