// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.WatchEvent;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MirrorTest {
  private final List<String> heard = new ArrayList<>();
  private final Mirror<String> mirror =
      new Mirror<>(
          "Thing",
          object -> object.path("value").asText(),
          object -> new Key(Json.namespace(object), Json.label(object, "group")),
          (key, before, after, last) -> heard.add(key.name() + ":" + before + ">" + after));

  private static ObjectNode object(String name, String uid, int version, String value) {
    return Tree.map(
        "metadata",
        Tree.map(
            "namespace",
            "db",
            "name",
            name,
            "uid",
            uid,
            "resourceVersion",
            Integer.toString(version),
            "labels",
            Tree.map("group", "g")),
        "value",
        value);
  }

  @Test
  void keepsWhatWasDecodedByNameAndByGroup() {
    mirror.accept("", new WatchEvent.Listed(List.of(object("a", "1", 1, "x"))));
    mirror.accept("", new WatchEvent.Upserted(object("b", "2", 2, "y")));

    assertThat(mirror.find("db", "a")).contains("x");
    assertThat(mirror.of(new Key("db", "g"))).containsExactlyInAnyOrder("x", "y");
    assertThat(heard).containsExactly("a:null>x", "b:null>y");
  }

  /// A deletion's answer shows the object as it was when it began to end.
  @Test
  void anAnswerThatComesAfterTheEndDoesNotBringTheObjectBack() {
    mirror.accept("", new WatchEvent.Listed(List.of(object("a", "1", 1, "x"))));
    mirror.accept("", new WatchEvent.Deleted(object("a", "1", 3, "x")));
    mirror.wrote(object("a", "1", 2, "leaving"));

    assertThat(mirror.find("db", "a")).isEmpty();
    assertThat(mirror.of(new Key("db", "g"))).isEmpty();

    mirror.accept("", new WatchEvent.Upserted(object("a", "2", 4, "new")));
    assertThat(mirror.find("db", "a")).contains("new");
  }

  /// A label is taken off and put back: for the watch of a selection that is an end.
  @Test
  void whatComesBackIntoTheSelectionIsKnownAgain() {
    mirror.accept("", new WatchEvent.Listed(List.of(object("a", "1", 1, "x"))));
    mirror.accept("", new WatchEvent.Deleted(object("a", "1", 3, "x")));
    mirror.accept("", new WatchEvent.Upserted(object("a", "1", 5, "y")));

    assertThat(mirror.find("db", "a")).contains("y");
  }

  @Test
  void showsOwnWritesAtOnceAndIgnoresWhatIsOlder() {
    mirror.accept("", new WatchEvent.Listed(List.of()));
    mirror.wrote(object("a", "1", 7, "mine"));
    mirror.accept("", new WatchEvent.Upserted(object("a", "1", 5, "older")));

    assertThat(mirror.find("db", "a")).contains("mine");
  }

  @Test
  void aDeletionConcernsOnlyTheVeryObject() {
    mirror.wrote(object("a", "2", 9, "new"));
    mirror.accept("", new WatchEvent.Deleted(object("a", "1", 8, "old")));
    assertThat(mirror.find("db", "a")).contains("new");

    mirror.deleted("db", "a", "2");

    assertThat(mirror.find("db", "a")).isEmpty();
  }

  @Test
  void aNewListTakesAwayWhatIsGoneInItsNamespaceOnly() throws Exception {
    mirror.accept("db", new WatchEvent.Listed(List.of(object("a", "1", 1, "x"))));
    ObjectNode elsewhere = object("b", "2", 2, "y");
    elsewhere.withObject("/metadata").put("namespace", "other");
    mirror.accept("other", new WatchEvent.Listed(List.of(elsewhere)));

    mirror.accept("db", new WatchEvent.Listed(List.of()));

    assertThat(mirror.keys()).containsExactly(new Key("other", "b"));
    assertThat(heard).contains("a:x>null");
    assertThat(mirror.awaitListed(Set.of("db", "other"), Duration.ofSeconds(1))).isTrue();
    assertThat(mirror.awaitListed(Set.of("third"), Duration.ofMillis(10))).isFalse();
  }
}
