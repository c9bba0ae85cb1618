// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.simulation;

import dev.howdah.core.leadership.Announcement;
import dev.howdah.core.leadership.Announcement.Call;
import dev.howdah.core.leadership.ClusterView;
import dev.howdah.core.leadership.Role;
import dev.howdah.core.leadership.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// What leads to the primary, and clients that go by it: the Service `-rw`, by an instance's name
/// once there is a primary, and before that, as other services do, by the primary's label. Both are
/// written by the production code, through an API server that is slow, fails, or does what it was
/// asked for long after it was given up.
final class Routing {
  private static final long DEADLINE = 3 * World.SECOND;

  private final World world;
  private final boolean[] labelled;
  private final int[] versions;

  /// Whom `-rw` names; -1: whoever has the label.
  private int named = -1;

  private int serviceVersion;

  /// The labels and the Service as the proxy knows them.
  private final boolean[] known;

  private int knownName = -1;

  private final Client[] clients = {new Client(), new Client()};

  /// The branch of the log on which a client last had a commit acknowledged.
  private int reign = -1;

  Routing(World world, int nodes) {
    this.world = world;
    labelled = new boolean[nodes];
    versions = new int[nodes];
    known = new boolean[nodes];
    for (Client client : clients) {
      world.after(world.random.nextLong(World.SECOND), client::look);
    }
  }

  /// Holds a connection to one server process, until that ends.
  private final class Client {
    private int node = -1;
    private int process;

    private void look() {
      if (node < 0) {
        connect();
      } else if (world.nodes[node].server.process() != process) {
        node = -1;
      }
      world.after(200 * World.MILLI + world.random.nextLong(300 * World.MILLI), this::look);
    }

    private void connect() {
      int first = world.random.nextInt(known.length);
      for (int i = 0; i < known.length; i++) {
        int at = (first + i) % known.length;
        Server server = world.nodes[at].server;
        boolean led = knownName < 0 ? known[at] : knownName == at;
        if (led && server.acceptsWrites()) {
          node = at;
          process = server.process();
          return;
        }
      }
    }
  }

  /// A server confirms commits to whoever is connected to it.
  void acknowledged(Node by) {
    for (Client client : clients) {
      boolean connected =
          client.node == by.index
              && world.nodes[by.index] == by
              && client.process == by.server.process();
      if (connected && !by.server.exempt && !world.dataLost) {
        int branch = by.server.disk.branch;
        if (branch < reign) {
          world.checker.violated(
              "I15 clients of -rw have one primary",
              "%s confirms a commit of timeline %d after a client had one of timeline %d"
                  .formatted(
                      by.name, world.histories.timeline(branch), world.histories.timeline(reign)));
        }
        reign = Math.max(reign, branch);
      }
    }
  }

  /// Service and labels lead to this instance, and to no other one.
  boolean leadsTo(Node node) {
    if (named != node.index) {
      return false;
    }
    for (int i = 0; i < labelled.length; i++) {
      if (labelled[i] != (i == node.index)) {
        return false;
      }
    }
    return true;
  }

  String describe() {
    var names = new ArrayList<String>();
    for (int i = 0; i < labelled.length; i++) {
      if (labelled[i]) {
        names.add(world.nodes[i].name);
      }
    }
    return "-rw leads to %s, labelled are %s"
        .formatted(named < 0 ? "whoever is labelled" : world.nodes[named].name, names);
  }

  /// A new pod of the same name.
  void replaced(int pod) {
    set(pod, false);
  }

  /// Only its own pod, not another one of that name.
  private void label(Node node) {
    if (world.nodes[node.index] == node) {
      set(node.index, true);
    }
  }

  private void set(int pod, boolean primary) {
    if (labelled[pod] == primary) {
      return; // a patch that changes nothing makes no revision
    }
    labelled[pod] = primary;
    versions[pod]++;
    world.trace("api", "n" + pod + (primary ? " is labelled primary" : " is labelled replica"));
    world.after(world.api.watchDelay(), () -> known[pod] = labelled[pod]);
  }

  /// Done while the promotion is still at work.
  void prepare(Node node, long term) {
    BooleanSupplier leads = () -> leads(node, term);
    leadHere(
        node,
        leads,
        ok -> {
          String old = world.api.cluster.currentPrimary();
          if (ok && !old.isEmpty() && !old.equals(node.name)) {
            takeAway(node, old, leads, _ -> {});
          }
        });
  }

  private static boolean leads(Node node, long term) {
    State state = node.state();
    return state != null
        && (state.leads() || state.role() == Role.PROMOTING)
        && state.leaseRecord() != null
        && state.leaseRecord().term() == term;
  }

  void announce(Node node, long term) {
    node.announcements++;
    new Work(node, term).goOn();
  }

  /// The loop that the instance manager runs.
  private final class Work {
    private final Node node;
    private final long term;
    private final int run;
    private final int turn;
    private final Announcement announcement;

    Work(Node node, long term) {
      this.node = node;
      this.term = term;
      run = node.run;
      turn = node.announcements;
      announcement = new Announcement(node.name, world.settings.off());
    }

    private boolean isLatest() {
      return node.run == run && node.announcements == turn;
    }

    private boolean leads() {
      return Routing.leads(node, term);
    }

    private void goOn() {
      if (!isLatest()) {
        return;
      }
      if (!node.isManagerRunning()) {
        world.after(100 * World.MILLI, this::goOn);
        return;
      }
      Call call = announcement.next(leads(), world.api.cluster.currentPrimary(), others());
      switch (call) {
        case Call.Route route ->
            leadHere(
                node,
                () -> isLatest() && announcement.isWanted(route, leads()),
                ok -> done(call, ok));
        case Call.Unlabel unlabel -> unlabel(unlabel);
        case Call.Label _ -> make(call, () -> label(node));
        case Call.WriteStatus _ -> writeStatus(call);
        case Call.Pause(Duration length) -> world.after(length.toNanos(), () -> done(call, true));
        case Call.Done _ -> {}
      }
    }

    private List<String> others() {
      var names = new ArrayList<>(world.names());
      names.remove(node.name);
      return names;
    }

    private void make(Call call, Runnable effect) {
      call(node, effect, () -> done(call, true), () -> done(call, false));
    }

    private void done(Call call, boolean ok) {
      announcement.done(call, ok);
      goOn();
    }

    private void writeStatus(Call call) {
      String by = node.identity().incarnation();
      ClusterView[] seen = {ClusterView.UNKNOWN};
      boolean[] done = {false};
      call(
          node,
          () -> seen[0] = world.api.cluster,
          () ->
              call(
                  node,
                  () -> done[0] = world.api.announce(node, by, seen[0]),
                  () -> done(call, done[0]),
                  () -> done(call, false)),
          () -> done(call, false));
    }

    private void unlabel(Call.Unlabel call) {
      takeAway(
          node,
          call.pod(),
          () -> isLatest() && announcement.isWanted(call, leads()),
          ok -> done(call, ok));
    }
  }

  /// Lets `-rw` lead to an instance, if it is still as it was seen.
  private void leadHere(Node node, BooleanSupplier wanted, Consumer<Boolean> then) {
    int[] seen = {0, 0};
    Runnable look =
        () -> {
          seen[0] = named;
          seen[1] = serviceVersion;
        };
    Runnable looked =
        () -> {
          boolean[] done = {false};
          Runnable patch =
              () -> {
                if (serviceVersion == seen[1]) {
                  lead(node.index);
                  done[0] = true;
                }
              };
          if (seen[0] != node.index && wanted.getAsBoolean()) {
            call(node, patch, () -> then.accept(done[0]), () -> then.accept(false));
          } else {
            then.accept(true);
          }
        };
    call(node, look, looked, () -> then.accept(false));
  }

  private void lead(int node) {
    named = node;
    serviceVersion++;
    world.trace("api", "-rw leads to n" + node);
    world.after(world.api.watchDelay(), () -> knownName = named);
  }

  /// Takes the label away from a pod that has it, if the pod is still as it was seen.
  private void takeAway(Node node, String name, BooleanSupplier wanted, Consumer<Boolean> then) {
    int pod = World.index(name);
    boolean[] wrong = {false};
    int[] version = {0};
    Runnable look =
        () -> {
          boolean another = pod == node.index && world.nodes[pod] != node;
          wrong[0] = labelled[pod] && !another;
          version[0] = versions[pod];
        };
    Runnable seen =
        () -> {
          boolean[] done = {false};
          Runnable patch =
              () -> {
                if (versions[pod] == version[0]) {
                  set(pod, false);
                  done[0] = true;
                }
              };
          if (wrong[0] && wanted.getAsBoolean()) {
            call(node, patch, () -> then.accept(done[0]), () -> then.accept(false));
          } else {
            then.accept(true);
          }
        };
    call(node, look, seen, () -> then.accept(false));
  }

  /// One call: done when it arrives, whether or not somebody still waits for the answer.
  private void call(Node node, Runnable effect, Runnable ok, Runnable failed) {
    int run = node.run;
    boolean[] over = {false};
    Runnable ended =
        () -> {
          over[0] = true;
          if (node.run == run) {
            failed.run();
          }
        };
    world.after(
        DEADLINE,
        () -> {
          if (!over[0]) {
            ended.run();
          }
        });
    world.after(
        2 * world.api.delay(), // still less than Announcement.LATE
        () -> {
          if (!world.api.arrives(node) || world.api.isUnlucky(4)) {
            return;
          }
          effect.run();
          world.after(
              world.api.delay(),
              () -> {
                if (!over[0] && world.api.arrives(node) && node.run == run) {
                  over[0] = true;
                  ok.run();
                }
              });
        });
  }
}
