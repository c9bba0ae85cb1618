// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.model;

import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/// Three instances, one Lease (fault model, 2.9). A state is an array of small numbers; a step is
/// one atomic act of somebody. An acknowledgement happens as soon as it may, which is the worst
/// case.
final class Model {
  static final int NODES = 3;
  static final int NOBODY = 3;
  static final int DOWN = 0;
  static final int STANDBY = 1;
  static final int PRIMARY = 2;

  // The Lease: revision, holder, term, voters (bits), acknowledgements.
  private static final int REV = 0;
  private static final int HOLDER = 1;
  private static final int TERM = 2;
  private static final int VOTERS = 3;
  private static final int ACKS = 4;
  // What was used up.
  private static final int WRITES = 5;
  private static final int CRASHES = 6;
  private static final int LOSSES = 7;
  private static final int CHANGES = 8;
  // Highest acknowledged position by term.
  private static final int ACKED = 9;
  private static final int TERMS = 4;
  private static final int BASE = ACKED + TERMS;

  // An instance.
  private static final int ROLE = 0;
  private static final int LENGTH = 1;
  private static final int LOG = 2;
  private static final int LONGEST = 6;
  private static final int UPSTREAM = LOG + LONGEST;
  private static final int SEAL = UPSTREAM + 1;
  private static final int VALID = SEAL + 1;
  private static final int OWN_TERM = VALID + 1;
  private static final int KNOWN = OWN_TERM + 1;
  private static final int SYNC = KNOWN + 1;
  private static final int SYNC_NUMBER = SYNC + 1;
  private static final int FLUSHED = SYNC_NUMBER + 1;
  private static final int REPLY_TO = FLUSHED + NODES;
  private static final int REPLY = REPLY_TO + 1;
  private static final int RUN_REV = REPLY + 1;
  private static final int RUN_VOTERS = RUN_REV + 1;
  private static final int RUN_ACKS = RUN_VOTERS + 1;
  private static final int VOTES = RUN_ACKS + 1;
  private static final int BEST_TERM = VOTES + 1;
  private static final int BEST_LENGTH = BEST_TERM + 1;
  private static final int CHANGE = BEST_LENGTH + 1;
  private static final int CHANGE_SET = CHANGE + 1;
  private static final int CHANGE_AT = CHANGE_SET + 1;

  /// After a restart as primary: the length that voters have to confirm before clients come; else
  /// 0.
  private static final int CLOSED = CHANGE_AT + 1;

  private static final int SIZE = CLOSED + 1;

  // A change of the sync set that is under way: CHANGE_AT is the position to be confirmed before
  // the
  // voters are published, or the number to be applied after they were.
  private static final int WAIT = 1;
  private static final int FIRST_WAIT = 2;
  private static final int APPLY = 3;

  private static final int[][] NEEDED = votesNeeded();

  private final Bounds bounds;
  private final Weakening weak;
  private BiConsumer<byte[], String> found = (state, step) -> {};

  Model(Bounds bounds, Weakening weak) {
    this.bounds = bounds;
    this.weak = weak;
  }

  /// The production rule, by number of voters and acknowledgements.
  private static int[][] votesNeeded() {
    var table = new int[NODES + 1][NODES + 1];
    for (int voters = 1; voters <= NODES; voters++) {
      List<Member> members = new ArrayList<>();
      for (int i = 0; i < voters; i++) {
        members.add(new Member("n" + i, "v" + i));
      }
      for (int acks = 0; acks <= voters; acks++) {
        table[voters][acks] = Quorum.of(members, acks).votesNeeded();
      }
    }
    return table;
  }

  byte[] first() {
    var state = new byte[BASE + NODES * SIZE];
    state[REV] = 1;
    state[TERM] = 1;
    state[VOTERS] = 0b110;
    state[ACKS] = (byte) bounds.acknowledgements();
    for (int i = 0; i < NODES; i++) {
      set(state, i, ROLE, i == 0 ? PRIMARY : STANDBY);
      set(state, i, UPSTREAM, i == 0 ? NOBODY : 0);
      set(state, i, VALID, 1);
      set(state, i, REPLY_TO, NOBODY);
    }
    lead(state, 0);
    return state;
  }

  private static int get(byte[] state, int node, int field) {
    return state[BASE + node * SIZE + field];
  }

  private static void set(byte[] state, int node, int field, int value) {
    state[BASE + node * SIZE + field] = (byte) value;
  }

  /// Calls back with each successor and what was done.
  void successors(byte[] state, BiConsumer<byte[], String> to) {
    found = to;
    for (int i = 0; i < NODES; i++) {
      if (get(state, i, ROLE) == PRIMARY) {
        primary(state, i);
      } else if (get(state, i, ROLE) == STANDBY) {
        standby(state, i);
      } else {
        restart(state, i);
      }
      crash(state, i);
      lose(state, i);
      deliver(state, i);
    }
  }

  /// A state is wrong when somebody leads without an acknowledged entry. Checked where leading
  /// begins.
  private static boolean isComplete(byte[] state, int node) {
    for (int term = 1; term < TERMS; term++) {
      int position = state[ACKED + term];
      if (position > 0
          && (get(state, node, LENGTH) < position
              || get(state, node, LOG + position - 1) != term)) {
        return false;
      }
    }
    return true;
  }

  static final String LOSS = "LOSS: ";

  private void emit(byte[] next, String step) {
    found.accept(next, step);
  }

  // ---- the primary

  private void primary(byte[] state, int p) {
    open(state, p);
    boolean open = get(state, p, CLOSED) == 0;
    if (open && state[WRITES] < bounds.writes() && get(state, p, LENGTH) < LONGEST) {
      byte[] next = state.clone();
      next[WRITES]++;
      append(next, p, get(state, p, OWN_TERM));
      acknowledge(next, p);
      emit(next, "n" + p + " writes");
    }
    boolean current = state[HOLDER] == p && get(state, p, KNOWN) == state[REV];
    if (current && state[REV] < bounds.revisions()) {
      byte[] next = state.clone();
      bump(next, p);
      emit(next, "n" + p + " renews");
      change(state, p);
      revalidate(state, p);
    }
    applyChange(state, p);
    if (state[HOLDER] != p) {
      byte[] next = state.clone();
      stop(next, p);
      set(next, p, ROLE, STANDBY);
      emit(next, "n" + p + " sees that it no longer leads");
    }
  }

  /// Clients come back, and see every commit that is in the log: from now on none may be lost.
  private void open(byte[] state, int p) {
    int end = get(state, p, CLOSED);
    boolean current = state[HOLDER] == p && get(state, p, KNOWN) == state[REV];
    boolean wait = weak != Weakening.OPENED_UNCONFIRMED;
    if (end == 0 || !current || (wait && confirmed(state, p, state[VOTERS], end) < state[ACKS])) {
      return;
    }
    byte[] next = state.clone();
    set(next, p, CLOSED, 0);
    if (state[VOTERS] != 0) {
      for (int at = 0; at < end; at++) {
        int term = get(state, p, LOG + at);
        next[ACKED + term] = (byte) Math.max(next[ACKED + term], at + 1);
      }
    }
    acknowledge(next, p);
    emit(next, "n" + p + " lets clients in");
  }

  private static void append(byte[] state, int node, int term) {
    int length = get(state, node, LENGTH);
    set(state, node, LOG + length, term);
    set(state, node, LENGTH, length + 1);
  }

  private static void bump(byte[] state, int p) {
    state[REV]++;
    set(state, p, KNOWN, state[REV]);
  }

  private static void acknowledge(byte[] state, int p) {
    if (get(state, p, CLOSED) != 0) {
      return;
    }
    int term = get(state, p, OWN_TERM);
    int needed = get(state, p, SYNC_NUMBER);
    int names = get(state, p, SYNC);
    for (int at = get(state, p, LENGTH); at > state[ACKED + term]; at--) {
      if (get(state, p, LOG + at - 1) == term && confirmed(state, p, names, at) >= needed) {
        state[ACKED + term] = (byte) at;
        return;
      }
    }
  }

  private static int confirmed(byte[] state, int p, int names, int position) {
    int count = 0;
    for (int i = 0; i < NODES; i++) {
      if ((names >> i & 1) == 1 && get(state, p, FLUSHED + i) >= position) {
        count++;
      }
    }
    return count;
  }

  private static void lead(byte[] state, int node) {
    set(state, node, ROLE, PRIMARY);
    set(state, node, OWN_TERM, state[TERM]);
    set(state, node, KNOWN, state[REV]);
    set(state, node, UPSTREAM, NOBODY);
    set(state, node, SEAL, 0);
    set(state, node, SYNC, state[VOTERS]);
    set(state, node, SYNC_NUMBER, state[ACKS]);
    for (int i = 0; i < NODES; i++) {
      set(state, node, FLUSHED + i, 0);
    }
    forgetCandidacy(state, node);
    set(state, node, CHANGE, 0);
    set(state, node, CHANGE_SET, 0);
    set(state, node, CHANGE_AT, 0);
    set(state, node, CLOSED, 0);
  }

  private static void stop(byte[] state, int node) {
    set(state, node, OWN_TERM, 0);
    set(state, node, KNOWN, 0);
    set(state, node, UPSTREAM, NOBODY);
    set(state, node, SYNC, 0);
    set(state, node, SYNC_NUMBER, 0);
    for (int i = 0; i < NODES; i++) {
      set(state, node, FLUSHED + i, 0);
      if (get(state, i, REPLY_TO) == node) {
        set(state, i, REPLY_TO, NOBODY);
        set(state, i, REPLY, 0);
      }
    }
    forgetCandidacy(state, node);
    set(state, node, CHANGE, 0);
    set(state, node, CHANGE_SET, 0);
    set(state, node, CHANGE_AT, 0);
    set(state, node, CLOSED, 0);
  }

  private static void forgetCandidacy(byte[] state, int node) {
    for (int field = RUN_REV; field <= BEST_LENGTH; field++) {
      set(state, node, field, 0);
    }
  }

  // ---- changes of the sync set (2.7); the holder's knowledge of the Lease is current here

  private void change(byte[] state, int p) {
    int phase = get(state, p, CHANGE);
    if (phase == 0) {
      if (state[CHANGES] < bounds.changes()) {
        beginChange(state, p);
      }
      return;
    }
    int set = get(state, p, CHANGE_SET);
    int number = get(state, p, SYNC_NUMBER);
    boolean wait =
        phase == WAIT
            ? weak != Weakening.NARROWED_WITHOUT_WAITING
            : weak != Weakening.FIRST_VOTERS_WITHOUT_WAITING;
    boolean ready = confirmed(state, p, set, get(state, p, CHANGE_AT)) >= number;
    if ((phase == WAIT || phase == FIRST_WAIT) && (ready || !wait)) {
      byte[] next = state.clone();
      bump(next, p);
      next[VOTERS] = (byte) set;
      next[ACKS] = (byte) number;
      set(next, p, CHANGE, 0);
      set(next, p, CHANGE_SET, 0);
      set(next, p, CHANGE_AT, 0);
      emit(next, "n" + p + " publishes the voters");
    }
  }

  private void beginChange(byte[] state, int p) {
    int voters = state[VOTERS];
    int acks = state[ACKS];
    for (int i = 0; i < NODES; i++) {
      int bit = 1 << i;
      if (i != p && voters == 0) {
        byte[] next = changed(state, p, FIRST_WAIT, bit, get(state, p, LENGTH));
        set(next, p, SYNC, bit);
        set(next, p, SYNC_NUMBER, 1);
        acknowledge(next, p);
        emit(next, "n" + p + " waits for n" + i + " again");
      } else if (i != p && (voters & bit) == 0) {
        byte[] next = changed(state, p, APPLY, voters | bit, acks);
        bump(next, p);
        next[VOTERS] = (byte) (voters | bit);
        emit(next, "n" + p + " publishes n" + i + " as a voter too");
      } else if (voters == bit) {
        byte[] next = changed(state, p, APPLY, 0, 0);
        bump(next, p);
        next[VOTERS] = 0;
        next[ACKS] = 0;
        emit(next, "n" + p + " publishes that there are no voters");
      } else if ((voters & bit) != 0 && Integer.bitCount(voters) > acks) {
        remove(state, p, voters & ~bit);
      }
    }
    changeNumber(state, p, voters, acks);
  }

  private void changeNumber(byte[] state, int p, int voters, int acks) {
    if (acks > 1) {
      byte[] next = changed(state, p, APPLY, voters, acks - 1);
      bump(next, p);
      next[ACKS]--;
      emit(next, "n" + p + " publishes a smaller number");
    }
    if (acks > 0 && acks < Integer.bitCount(voters)) {
      byte[] next = changed(state, p, WAIT, voters, get(state, p, LENGTH));
      set(next, p, SYNC_NUMBER, acks + 1);
      emit(next, "n" + p + " waits for more");
    }
  }

  private void remove(byte[] state, int p, int rest) {
    if (weak == Weakening.VOTERS_NARROWED_BEFORE_SETTING) {
      byte[] next = changed(state, p, APPLY, rest, state[ACKS]);
      bump(next, p);
      next[VOTERS] = (byte) rest;
      emit(next, "n" + p + " publishes fewer voters");
      return;
    }
    byte[] next = changed(state, p, WAIT, rest, get(state, p, LENGTH));
    set(next, p, SYNC, rest);
    acknowledge(next, p);
    emit(next, "n" + p + " waits for fewer");
  }

  private static byte[] changed(byte[] state, int p, int phase, int set, int at) {
    byte[] next = state.clone();
    next[CHANGES]++;
    set(next, p, CHANGE, phase);
    set(next, p, CHANGE_SET, set);
    set(next, p, CHANGE_AT, at);
    return next;
  }

  private void applyChange(byte[] state, int p) {
    if (get(state, p, CHANGE) != APPLY) {
      return;
    }
    byte[] next = state.clone();
    set(next, p, SYNC, get(state, p, CHANGE_SET));
    set(next, p, SYNC_NUMBER, get(state, p, CHANGE_AT));
    set(next, p, CHANGE, 0);
    set(next, p, CHANGE_SET, 0);
    set(next, p, CHANGE_AT, 0);
    acknowledge(next, p);
    emit(next, "n" + p + " applies the setting");
  }

  /// A standby that lost its volume counts again once it has the holder's log.
  private void revalidate(byte[] state, int p) {
    for (int i = 0; i < NODES; i++) {
      if (get(state, i, VALID) == 0
          && i != p
          && get(state, i, LENGTH) >= get(state, p, LENGTH)
          && get(state, p, FLUSHED + i) >= get(state, p, LENGTH)) {
        byte[] next = state.clone();
        bump(next, p);
        set(next, i, VALID, 1);
        emit(next, "n" + p + " publishes the new volume of n" + i);
      }
    }
  }

  // ---- a standby

  private void standby(byte[] state, int s) {
    replicate(state, s);
    unseal(state, s);
    follow(state, s);
    run(state, s);
    askForVotes(state, s);
    elect(state, s);
  }

  private void replicate(byte[] state, int s) {
    int p = get(state, s, UPSTREAM);
    boolean sealed = get(state, s, SEAL) != 0 && weak != Weakening.VOTE_WITHOUT_SEAL;
    if (p == NOBODY || sealed || get(state, p, ROLE) != PRIMARY) {
      return;
    }
    int length = get(state, s, LENGTH);
    if (length < get(state, p, LENGTH) && common(state, s, p) == length) {
      byte[] next = state.clone();
      append(next, s, get(state, p, LOG + length));
      set(next, s, REPLY_TO, p);
      set(next, s, REPLY, length + 1);
      emit(next, "n" + s + " receives " + (length + 1) + " from n" + p);
    }
  }

  private static int common(byte[] state, int one, int other) {
    int limit = Math.min(get(state, one, LENGTH), get(state, other, LENGTH));
    int at = 0;
    while (at < limit && get(state, one, LOG + at) == get(state, other, LOG + at)) {
      at++;
    }
    return at;
  }

  private void deliver(byte[] state, int s) {
    int p = get(state, s, REPLY_TO);
    if (p == NOBODY) {
      return;
    }
    byte[] next = state.clone();
    set(next, s, REPLY_TO, NOBODY);
    set(next, s, REPLY, 0);
    if (get(state, p, ROLE) == PRIMARY) {
      int before = get(state, p, FLUSHED + s);
      set(next, p, FLUSHED + s, Math.max(before, get(state, s, REPLY)));
      acknowledge(next, p);
    }
    emit(next, "n" + p + " hears of n" + s + "'s " + get(state, s, REPLY));
  }

  private void unseal(byte[] state, int s) {
    int seal = get(state, s, SEAL);
    boolean may = seal != state[REV] || weak == Weakening.SEAL_DROPPED_WHILE_UNCHANGED;
    if (seal != 0 && may) {
      byte[] next = state.clone();
      set(next, s, SEAL, 0);
      emit(next, "n" + s + " gives up its seal");
    }
  }

  private void follow(byte[] state, int s) {
    int holder = state[HOLDER];
    boolean free = get(state, s, SEAL) == 0 || weak == Weakening.VOTE_WITHOUT_SEAL;
    if (holder == NOBODY
        || holder == s
        || !free
        || get(state, s, UPSTREAM) == holder
        || get(state, holder, ROLE) != PRIMARY) {
      return;
    }
    byte[] next = state.clone();
    set(next, s, UPSTREAM, holder);
    int keep = common(state, s, holder);
    for (int at = keep; at < get(state, s, LENGTH); at++) {
      set(next, s, LOG + at, 0);
    }
    set(next, s, LENGTH, keep);
    emit(next, "n" + s + " follows n" + holder);
  }

  // ---- elections

  private void run(byte[] state, int s) {
    boolean mayStand = (state[VOTERS] >> s & 1) == 1 && get(state, s, VALID) == 1;
    if (!mayStand || state[TERM] >= bounds.terms() || get(state, s, RUN_REV) == state[REV]) {
      return;
    }
    byte[] next = state.clone();
    boolean keep = weak == Weakening.STALE_QUORUM && get(state, s, RUN_VOTERS) != 0;
    int voters = keep ? get(state, s, RUN_VOTERS) : state[VOTERS];
    int acks = keep ? get(state, s, RUN_ACKS) : state[ACKS];
    forgetCandidacy(next, s);
    set(next, s, RUN_REV, state[REV]);
    set(next, s, RUN_VOTERS, voters);
    set(next, s, RUN_ACKS, acks);
    emit(next, "n" + s + " runs for revision " + state[REV]);
  }

  private void askForVotes(byte[] state, int i) {
    int revision = get(state, i, RUN_REV);
    if (revision == 0) {
      return;
    }
    for (int v = 0; v < NODES; v++) {
      int seal = get(state, v, SEAL);
      boolean overwrite = v == i && weak == Weakening.OWN_CANDIDACY_OVERWRITES_SEAL;
      boolean may = get(state, v, ROLE) == STANDBY && (seal == 0 || seal == revision || overwrite);
      if (may && (get(state, i, VOTES) >> v & 1) == 0) {
        byte[] next = state.clone();
        if (weak != Weakening.VOTE_WITHOUT_SEAL) {
          set(next, v, SEAL, revision);
          set(next, v, UPSTREAM, NOBODY);
        }
        if (get(state, v, VALID) == 1 || weak == Weakening.LOST_VOLUME_VOTES) {
          set(next, i, VOTES, get(state, i, VOTES) | 1 << v);
        }
        int length = get(state, v, LENGTH);
        int last = length == 0 ? 0 : get(state, v, LOG + length - 1);
        if (exceeds(last, length, get(state, i, BEST_TERM), get(state, i, BEST_LENGTH))) {
          set(next, i, BEST_TERM, last);
          set(next, i, BEST_LENGTH, length);
        }
        if (!Arrays.equals(next, state)) {
          emit(next, "n" + v + " votes for n" + i + " at revision " + revision);
        }
      }
    }
  }

  private boolean exceeds(int term, int length, int otherTerm, int otherLength) {
    if (weak == Weakening.LENGTH_BEFORE_TIMELINE) {
      return length > otherLength;
    }
    return term != otherTerm ? term > otherTerm : length > otherLength;
  }

  private void elect(byte[] state, int i) {
    int revision = get(state, i, RUN_REV);
    int votes = get(state, i, VOTES);
    if (revision == 0 || revision != state[REV] || (votes >> i & 1) == 0) {
      return;
    }
    int voters = get(state, i, RUN_VOTERS);
    int count = Integer.bitCount(votes & voters);
    int needed =
        weak == Weakening.ONE_VOTE_SUFFICES
            ? 1
            : NEEDED[Integer.bitCount(voters)][get(state, i, RUN_ACKS)];
    int length = get(state, i, LENGTH);
    int last = length == 0 ? 0 : get(state, i, LOG + length - 1);
    boolean best = !exceeds(get(state, i, BEST_TERM), get(state, i, BEST_LENGTH), last, length);
    if (count < needed
        || !best
        || state[REV] >= bounds.revisions() + 1
        || state[TERM] >= bounds.terms()
        || length >= LONGEST) {
      return;
    }
    byte[] next = state.clone();
    int holder = state[HOLDER];
    int successors = (voters | (holder == NOBODY ? 0 : 1 << holder)) & ~(1 << i);
    next[REV]++;
    next[TERM]++;
    next[HOLDER] = (byte) i;
    next[VOTERS] = (byte) successors;
    next[ACKS] = (byte) Math.min(get(state, i, RUN_ACKS), Integer.bitCount(successors));
    boolean complete = isComplete(state, i);
    lead(next, i);
    append(next, i, next[TERM]);
    emit(next, (complete ? "" : LOSS) + "n" + i + " is elected for term " + next[TERM]);
  }

  // ---- crashes

  private void crash(byte[] state, int i) {
    if (state[CRASHES] >= bounds.crashes() || get(state, i, ROLE) == DOWN) {
      return;
    }
    byte[] next = state.clone();
    next[CRASHES]++;
    stop(next, i);
    set(next, i, ROLE, DOWN);
    if (weak == Weakening.SEAL_LOST_BY_RESTART) {
      set(next, i, SEAL, 0);
    }
    emit(next, "n" + i + " crashes");
  }

  private void restart(byte[] state, int i) {
    byte[] next = state.clone();
    boolean owner = get(state, i, VALID) == 1 || weak == Weakening.COPY_PASSES_FOR_THE_ORIGINAL;
    if (state[HOLDER] != i || !owner) {
      set(next, i, ROLE, STANDBY);
      emit(next, "n" + i + " restarts as a standby");
    } else if (state[REV] <= bounds.revisions()) {
      next[REV]++;
      boolean complete = isComplete(state, i);
      lead(next, i);
      if (weak == Weakening.RESTARTED_WITHOUT_STANDBYS) {
        set(next, i, SYNC, 0);
        set(next, i, SYNC_NUMBER, 0);
      } else if (state[VOTERS] != 0) {
        set(next, i, CLOSED, get(state, i, LENGTH));
      }
      acknowledge(next, i);
      emit(next, (complete ? "" : LOSS) + "n" + i + " restarts as the primary");
    }
  }

  /// A volume is gone, whatever its instance is doing; or in its place comes a copy of it as it
  /// once was.
  private void lose(byte[] state, int s) {
    if (state[LOSSES] >= bounds.losses()) {
      return;
    }
    emit(without(state, s, 0), "n" + s + " loses its volume");
    for (int rest = 1; rest < get(state, s, LENGTH); rest++) {
      emit(without(state, s, rest), "n" + s + "'s volume is rolled back to " + rest);
    }
  }

  private byte[] without(byte[] state, int s, int rest) {
    byte[] next = state.clone();
    next[LOSSES]++;
    stop(next, s);
    set(next, s, ROLE, STANDBY);
    // It has another identity than the one that was listed, as it is another volume.
    set(next, s, VALID, weak == Weakening.COPY_PASSES_FOR_THE_ORIGINAL && rest > 0 ? 1 : 0);
    // Its votes are forgotten with its volume: so it receives nothing before the Lease has changed.
    set(next, s, SEAL, weak == Weakening.NEW_CLONE_RECEIVES_AT_ONCE ? 0 : state[REV]);
    for (int at = rest; at < LONGEST; at++) {
      set(next, s, LOG + at, 0);
    }
    set(next, s, LENGTH, rest);
    // What it confirmed, and a reply on its way, outlive the volume: the primary learns of it late.
    return next;
  }
}
