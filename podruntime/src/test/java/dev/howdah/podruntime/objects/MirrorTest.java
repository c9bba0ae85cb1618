// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.objects;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.kube.WatchEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class MirrorTest {
  private final Mirror mirror = new Mirror(Resource.PODS);

  private static ObjectNode pod(String uid, int version) {
    ObjectNode pod = Json.object(Resource.PODS, "db", "a");
    pod.withObject("/metadata").put("uid", uid).put("resourceVersion", Integer.toString(version));
    return pod;
  }

  @Test
  void anObjectOfOurOwnThatIsNewerThanAListComesBackWithItsEvent() {
    mirror.wrote(pod("u1", 101));
    mirror.handle(new WatchEvent.Listed(List.of())); // of revision 100

    mirror.handle(new WatchEvent.Upserted(pod("u1", 101)));

    assertThat(mirror.find("db", "a")).isPresent();
  }

  @Test
  void aLateAnswerBringsNothingBackThatWasDeleted() {
    mirror.handle(new WatchEvent.Upserted(pod("u1", 5)));
    mirror.handle(new WatchEvent.Deleted(pod("u1", 7)));

    mirror.wrote(pod("u1", 6));

    assertThat(mirror.find("db", "a")).isEmpty();
  }
}
