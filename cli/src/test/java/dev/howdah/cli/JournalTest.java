// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
  private final Journal journal = new Journal();

  private static ClusterView view(ClusterView.Instance... instances) {
    return new ClusterView(
        "default", "app", "", "", 1, 0, "", false, List.of(instances), List.of());
  }

  private static ClusterView.Instance instance(String state, long timeline) {
    return new ClusterView.Instance("app-1", "primary", state, timeline, "", null, "");
  }

  private List<String> said(ClusterView view) {
    return journal.changes(view).stream().map(c -> c.object() + " " + c.text()).toList();
  }

  @Test
  void tellsWhatIsNew() {
    assertThat(said(view(instance("starting", 0)))).containsExactly("app-1 starting, primary");
    assertThat(said(view(instance("ready", 1))))
        .containsExactly("app-1 ready, primary, timeline 1");
    assertThat(said(view(instance("ready", 1)))).isEmpty();
    assertThat(said(view(instance("ready", 2))))
        .containsExactly("app-1 ready, primary, timeline 2");
    assertThat(said(view())).containsExactly("app-1 removed");
  }

  @Test
  void saysNothingTwiceOfAnInstanceThatCouldNotBeAskedForAMoment() {
    said(view(instance("ready", 1)));

    assertThat(said(view(instance("ready", 0)))).isEmpty();
    assertThat(said(view(instance("ready", 1)))).isEmpty();
  }

  @Test
  void tellsOfAnInstanceThatCameBackAsItWas() {
    said(view(instance("ready", 1)));
    said(view());

    assertThat(said(view(instance("ready", 1))))
        .containsExactly("app-1 ready, primary, timeline 1");
  }
}
