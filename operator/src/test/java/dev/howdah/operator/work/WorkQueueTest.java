// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.MissingNode;
import dev.howdah.kube.KubeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
  private static final Key A = new Key("db", "a");
  private static final Key B = new Key("db", "b");
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void makesOnePassForManyWishes() throws Exception {
    var passes = new CopyOnWriteArrayList<Key>();
    try (var queue =
        new WorkQueue(
            "test",
            2,
            key -> {
              passes.add(key);
              return null;
            })) {
      queue.ask(A);
      queue.ask(A);
      queue.ask(B);

      queue.start();

      await().atMost(SOON).until(() -> passes.size() >= 2);
      await().during(Duration.ofMillis(100)).atMost(SOON).until(() -> passes.size() == 2);
      assertThat(passes).containsExactlyInAnyOrder(A, B);
    }
  }

  @Test
  void makesAnotherPassForAWishDuringAPassAndNeverTwoAtOnce() throws Exception {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    var passes = new AtomicInteger();
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var queue =
        new WorkQueue(
            "test",
            4,
            key -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              inside.countDown();
              goOn.await();
              running.decrementAndGet();
              passes.incrementAndGet();
              return null;
            })) {
      queue.start();
      queue.ask(A);
      inside.await();

      queue.ask(A);
      queue.ask(A);
      goOn.countDown();

      await().atMost(SOON).until(() -> passes.get() == 2);
      await().during(Duration.ofMillis(100)).atMost(SOON).until(() -> passes.get() == 2);
      assertThat(most).hasValue(1);
    }
  }

  @Test
  void looksAgainWhenThePassSaysSoAndSoonerWhenAsked() throws Exception {
    var times = new CopyOnWriteArrayList<Long>();
    try (var queue =
        new WorkQueue(
            "test",
            1,
            key -> {
              times.add(System.nanoTime());
              return times.size() < 3 ? Duration.ofMillis(50) : Duration.ofHours(1);
            })) {
      queue.start();
      queue.ask(A);
      await().atMost(SOON).until(() -> times.size() == 3);
      assertThat(times.get(1) - times.get(0)).isGreaterThan(45_000_000L);

      queue.ask(A);

      await().atMost(SOON).until(() -> times.size() == 4);
    }
  }

  @Test
  void repeatsAFailedPassWithGrowingPauses() throws Exception {
    var times = new CopyOnWriteArrayList<Long>();
    try (var queue =
        new WorkQueue(
            "test",
            1,
            key -> {
              times.add(System.nanoTime());
              if (times.size() < 4) {
                throw new IllegalStateException("not yet");
              }
              return null;
            })) {
      queue.start();
      queue.ask(A);

      await().atMost(SOON).until(() -> times.size() == 4);
      List<Long> pauses =
          List.of(
              times.get(1) - times.get(0),
              times.get(2) - times.get(1),
              times.get(3) - times.get(2));
      assertThat(pauses.get(0)).isGreaterThan(45_000_000L);
      assertThat(pauses.get(2)).isGreaterThan(190_000_000L);
    }
  }

  /// The wish comes again and again, as when watched objects change.
  @Test
  void asksNobodyBeforeTheServerWantsToBeAskedAgain() throws Exception {
    var times = new CopyOnWriteArrayList<Long>();
    var busy =
        new KubeException(
            429, "TooManyRequests", "", Duration.ofSeconds(1), MissingNode.getInstance(), null);
    try (var queue =
        new WorkQueue(
            "test",
            1,
            key -> {
              times.add(System.nanoTime());
              if (times.size() == 1) {
                throw busy;
              }
              return null;
            })) {
      queue.start();
      queue.ask(A);

      await()
          .atMost(SOON)
          .until(() -> {
            queue.ask(A);
            return times.size() > 1;
          });

      assertThat(times.get(1) - times.get(0)).isGreaterThan(990_000_000L);
    }
  }
}
