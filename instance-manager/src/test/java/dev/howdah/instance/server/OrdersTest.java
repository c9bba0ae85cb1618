// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OrdersTest {
  @Test
  void tellsWhoWaitsThatTheirOrderWasDropped() throws Exception {
    var orders = new Orders();
    var begun = new CountDownLatch(1);
    var done = new CompletableFuture<String>();
    orders.append(
        "at work",
        () -> {
          begun.countDown();
          new CountDownLatch(1).await();
        });
    assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
    orders.append("waiting", () -> done.complete("begun"), () -> done.complete("dropped"));

    orders.replace("fence", () -> {});

    assertThat(done.get(1, TimeUnit.MINUTES)).isEqualTo("dropped");
  }

  @Test
  void knowsWhatIsAtWorkUntilSomethingElseIsOrdered() throws Exception {
    var orders = new Orders();
    var begun = new CountDownLatch(1);
    orders.replace(
        "follow one",
        () -> {
          begun.countDown();
          new CountDownLatch(1).await();
        });
    assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();

    assertThat(orders.isDoing("follow one")).isTrue();
    assertThat(orders.isDoing("follow two")).isFalse();

    orders.append("apply", () -> {});

    assertThat(orders.isDoing("follow one")).isFalse();

    orders.cancel();

    assertThat(orders.isDoing("follow one")).isFalse();
    assertThat(orders.isDoing("apply")).isFalse();
  }

  /// A setting that is wanted no more must not come into force after the one that took its place.
  @Test
  void whatWaitsGivesWayToNewerWorkOfItsName() throws Exception {
    var orders = new Orders();
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var done = new CompletableFuture<Void>();
    var carriedOut = new ArrayList<String>();
    orders.appendInstead(
        "apply",
        () -> {
          begun.countDown();
          goOn.await();
          carriedOut.add("first");
        });
    assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();

    orders.append("open", () -> carriedOut.add("open"));
    orders.appendInstead("apply", () -> carriedOut.add("second"));
    orders.appendInstead("apply", () -> carriedOut.add("third"));
    orders.append("end", () -> done.complete(null));
    goOn.countDown();
    done.get(1, TimeUnit.MINUTES);

    assertThat(carriedOut).containsExactly("first", "open", "third");
  }
}
