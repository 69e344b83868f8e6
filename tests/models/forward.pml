/* One link of the forward protocol (docs/forward-protocol.md): sender file(s) -> one stream -> one receiver.
 * A record is a number g, never used twice. (rn, id) is its identity on the wire. truth[rn][id] is what the sender really wrote there.
 *   sender:   append, lazy cursor, retention below the cursor, forced skips beyond the backlog bound, crash, roll-back to an older
 *             copy of the file, a second sender started from a copy of the file (CLONE).
 *   network:  request lost, reply lost, connection given up while the request is still on its way (it may arrive after newer ones).
 *   receiver: killed before or after the commit (= request or reply lost), put back to an older copy (RRESTORE).
 * All faults have budgets, so "faults stop" is part of the model. Broken variants are macros, see README.md. */
#ifndef N
#define N 4            /* ids a sender's log can hold */
#endif
#ifndef G
#define G 5            /* records written in all */
#endif
#ifndef RUNS
#define RUNS 3         /* runs (origins) that can be drawn */
#endif
#ifndef FLT
#define FLT 2          /* requests or replies lost, receiver kills */
#endif
#ifndef CUTS
#define CUTS 1         /* connections given up with the request on its way */
#endif
#ifndef SCRASH
#define SCRASH 1
#endif
#ifndef ROLLBACK
#define ROLLBACK 1
#endif
#ifndef SKIP
#define SKIP 1         /* rows dropped beyond the backlog bound before they were forwarded */
#endif
#ifndef RRESTORE
#define RRESTORE 0
#endif
#ifdef CLONE
#define K 2
#ifdef MEMCLONE
#define COPY_OPENED 0   /* copied with its memory: nothing is opened, the run goes on */
#else
#define COPY_OPENED 1
#endif
#else
#define K 1
#endif
#ifdef PLAIN
#define FILTERED(g) (0)
#define POISON(g) (0)
#endif
#ifndef FILTERED
#define FILTERED(g) ((g)==2)
#endif
#ifndef POISON
#define POISON(g)   ((g)==3)
#endif
#define W (N+1)
#define AT(k,i) ((k)*W+(i))

/* sender files */
byte s_len[K], s_first[K], s_cur[K], s_new[K];   /* s_new: a new run must be drawn before the next append */
byte s_g[K*W], s_run[K*W];
byte s_live[K];                                  /* this sender exists */
byte snap_len, snap_first, snap_cur; bit snapped;
byte next_g = 1, next_run = 1;
byte n_flt = FLT, n_cut = CUTS, n_crash = SCRASH, n_back = ROLLBACK, n_skip = SKIP, n_rest = RRESTORE;
/* receiver file */
byte r_mark[RUNS+1];
bit  r_id[(RUNS+1)*W];       /* the unique index (origin, id) */
bit  r_have[G+1];            /* stored */
#ifdef TAG
byte r_tag[RUNS+1];          /* with the mark: what the sender's row there was */
#endif
bit  r_ok[G+1];              /* stored, refused into dead_letter, declared left out, or declared in a gap */
#if RRESTORE
byte b_mark[RUNS+1]; bit b_id[(RUNS+1)*W]; bit b_have[G+1]; bit b_ok[G+1]; bit backed; bit restored;
#endif
/* ghosts */
byte truth[(RUNS+1)*W];
bit  forced[G+1];

/* prun, pno, run, to, gapto, content of pno+1, content of pno+2 (with TAG also the tags of pno and to) */
#ifdef TAG
#define TAGS ,ptag,tag
#define SENT ,x1,x2
#define ANY _,_,_,_,_,_,_,_,_
chan req[2*K] = [1] of { byte, byte, byte, byte, byte, byte, byte, byte, byte };
#else
#define TAGS
#define SENT
#define ANY _,_,_,_,_,_,_
chan req[2*K] = [1] of { byte, byte, byte, byte, byte, byte, byte };
#endif
chan rep[2*K] = [1] of { byte, byte };

#define ROWOK(k,i) (i > s_len[k] || r_ok[s_g[AT(k,i)]])
#if N == 3
#define ALLOK(k) (ROWOK(k,1) && ROWOK(k,2) && ROWOK(k,3))
#elif N == 4
#define ALLOK(k) (ROWOK(k,1) && ROWOK(k,2) && ROWOK(k,3) && ROWOK(k,4))
#else
#define ALLOK(k) (ROWOK(k,1) && ROWOK(k,2) && ROWOK(k,3) && ROWOK(k,4) && ROWOK(k,5))
#endif
#ifdef CLONE
#define COMPLETE (ALLOK(0) && ALLOK(1))
#else
#define COMPLETE (ALLOK(0))
#endif
#define WRITTEN (next_g > G || s_len[0] == N)
#ifdef LIVE
ltl live { <>[] COMPLETE }
#endif

byte i_, q_, x_, pos_;

inline draw(k) {                                  /* the first append of a writer draws a new run */
  if
  :: s_new[k] ->
     assert(next_run <= RUNS);
     q_ = next_run; next_run++;
#if defined(NORUN) || defined(LATERUN) || defined(MEMCLONE)
     if :: s_len[k] > 0 && s_new[k] != 2 -> next_run--; q_ = s_run[AT(k,s_len[k])] :: else fi;   /* broken: a restart goes on under the old origin */
#endif
     i_ = 1;
     do :: i_ <= s_len[k] -> truth[q_*W+i_] = s_g[AT(k,i_)]; i_++ :: else -> break od;
     s_new[k] = 0
  :: else -> q_ = s_run[AT(k,s_len[k])]
  fi
}

inline check_marks() {                            /* a mark never claims what is neither stored nor declared */
  q_ = 1;
  do
  :: q_ <= RUNS ->
     i_ = 1;
     do :: i_ <= r_mark[q_] -> assert(r_ok[truth[q_*W+i_]]); i_++ :: else -> break od;
     q_++
  :: else -> break
  od; q_ = 0; i_ = 0
}

inline store(i, c) {
  if
  :: i <= gapto ->
#if RRESTORE
     assert(forced[truth[rn*W+i]] || restored);  /* gaps only where the bound forced them, or the receiver was put back */
#else
     assert(forced[truth[rn*W+i]]);
#endif
     r_ok[truth[rn*W+i]] = 1
  :: i > gapto && c == 0 -> assert(FILTERED(truth[rn*W+i])); r_ok[truth[rn*W+i]] = 1
  :: i > gapto && c != 0 && POISON(c) -> r_ok[c] = 1
  :: i > gapto && c != 0 && !POISON(c) ->
     if
     :: r_id[rn*W+i] -> assert(r_have[c])        /* taken for a duplicate: it must be one */
#ifdef TAG
     :: else -> r_id[rn*W+i] = 1; r_have[c] = 1; r_ok[c] = 1    /* a double is allowed here, a loss is not */
#else
     :: else ->
        assert(!r_have[c]);                       /* never stored twice */
        x_ = i + 1;
        do :: x_ < W -> assert(!r_id[rn*W+x_]); x_++ :: else -> break od;   /* order of its origin */
        x_ = 0;
        r_id[rn*W+i] = 1; r_have[c] = 1; r_ok[c] = 1
#endif
     fi
  fi
}

inline rows() {
  store(pno+1, ca);
  if :: to > pno+1 -> store(pno+2, cb) :: else fi
}
#ifdef TAG
#define ACCEPT ((r_mark[rn] > 0 && prun == rn && pno == r_mark[rn] && ptag == r_tag[rn]) || (r_mark[rn] == 0 && prun != rn && (pno == 0 || pno < r_mark[prun] || (pno == r_mark[prun] && ptag == r_tag[prun]))))
#elif defined(NOPREV)
#define ACCEPT (1)
#else
#define ACCEPT ((r_mark[rn] > 0 && prun == rn && pno == r_mark[rn]) || (r_mark[rn] == 0 && prun != rn && (pno == 0 || pno <= r_mark[prun])))
#endif

active proctype Receiver() {
  byte prun, pno, rn, to, gapto, ca, cb, c;
#ifdef TAG
  byte ptag, tag;
#endif
end:
  do
  :: atomic {
       if
       :: req[0]?prun,pno,rn,to,gapto,ca,cb TAGS -> c = 0
       :: req[1]?prun,pno,rn,to,gapto,ca,cb TAGS -> c = 1
#ifdef CLONE
       :: req[2]?prun,pno,rn,to,gapto,ca,cb TAGS -> c = 2
       :: req[3]?prun,pno,rn,to,gapto,ca,cb TAGS -> c = 3
#endif
       fi;
       if
       :: n_flt > 0 -> n_flt--                     /* lost on the way, or the receiver died before its commit */
       :: !(ACCEPT) -> rep[c]!0,0
       :: ACCEPT ->
#if defined(ACKFIRST)
          rep[c]!1,to;                             /* broken: acknowledged, then committed */
          goto later;
#elif defined(SPLITTX)
          r_mark[rn] = to;                        /* broken: the mark in a transaction of its own */
          if :: n_flt > 0 -> n_flt-- :: rows(); check_marks(); rep[c]!1,to fi;
#else
#ifdef TAG
          rows(); r_mark[rn] = to; r_tag[rn] = tag; ptag = 0; tag = 0;   /* truth[] is ambiguous here: loss is judged by COMPLETE alone */
#else
          rows(); r_mark[rn] = to; check_marks();
#endif
          if :: n_flt > 0 -> n_flt-- :: rep[c]!1,to fi;
#endif
       fi;
       prun = 0; pno = 0; rn = 0; to = 0; gapto = 0; ca = 0; cb = 0; c = 0
     }
#ifdef ACKFIRST
     goto end;
later: atomic {
       if :: n_flt > 0 -> n_flt-- :: rows(); r_mark[rn] = to; check_marks() fi;
       prun = 0; pno = 0; rn = 0; to = 0; gapto = 0; ca = 0; cb = 0; c = 0
     }
#endif
#if RRESTORE
  :: atomic { !backed -> backed = 1; i_ = 0;
       do :: i_ <= RUNS -> b_mark[i_] = r_mark[i_]; i_++ :: else -> break od; i_ = 0;
       do :: i_ < (RUNS+1)*W -> b_id[i_] = r_id[i_]; i_++ :: else -> break od; i_ = 0;
       do :: i_ <= G -> b_have[i_] = r_have[i_]; b_ok[i_] = r_ok[i_]; i_++ :: else -> break od; i_ = 0 }
  :: atomic { backed && n_rest > 0 -> n_rest--; restored = 1; i_ = 0;
       do :: i_ <= RUNS -> r_mark[i_] = b_mark[i_]; i_++ :: else -> break od; i_ = 0;
       do :: i_ < (RUNS+1)*W -> r_id[i_] = b_id[i_]; i_++ :: else -> break od; i_ = 0;
       do :: i_ <= G -> r_have[i_] = b_have[i_]; r_ok[i_] = b_ok[i_]; i_++ :: else -> break od; i_ = 0; check_marks() }
#endif
  od
}

inline content(k, i, v) {
  if
  :: i < s_first[k] || FILTERED(s_g[AT(k,i)]) -> v = 0
  :: else -> v = s_g[AT(k,i)]
  fi
}

proctype Sender(byte k) {
  byte pos, conn, rn, to, gapto, ca, cb, ok, ack, x1, x2; byte st;   /* st 0 not in step with the peer, 1 ready, 2 waiting for the reply */
end:
  do
  :: atomic { s_len[k] < N && next_g <= G ->
       draw(k); s_len[k]++;
       s_g[AT(k,s_len[k])] = next_g; s_run[AT(k,s_len[k])] = q_; truth[q_*W+s_len[k]] = next_g; next_g++; q_ = 0; i_ = 0 }
  :: atomic { st == 0 && s_len[k] > 0 ->             /* handshake: the newest own id that the peer's marks cover */
       pos = 0;
#ifdef LATERUN
       if :: r_mark[s_run[AT(k,s_len[k])]] > s_len[k] -> s_new[k] = 2 :: else fi;   /* broken: a new origin only when the peer is ahead */
#endif
#ifdef RESUMECUR
       pos = s_cur[k];
#else
       i_ = 1;
       do :: i_ <= s_len[k] -> if :: r_mark[s_run[AT(k,i_)]] >= i_ -> pos = i_ :: else fi; i_++ :: else -> break od;
       i_ = 0;
#endif
       st = 1;
#ifdef TAG
       q_ = s_run[AT(k,s_len[k])];
       if
       :: s_new[k] == 0 && (r_mark[q_] > s_len[k] || (pos > s_cur[k] && s_run[AT(k,pos)] == q_ && r_mark[q_] == pos && r_tag[q_] != s_g[AT(k,pos)])) ->
          i_ = s_cur[k] + 1;                                           /* fork: what is above the cursor, of this run, gets a new one */
          do :: i_ <= s_len[k] && s_run[AT(k,i_)] != q_ -> i_++ :: else -> break od;
          assert(next_run <= RUNS); q_ = next_run; next_run++;
          do :: i_ <= s_len[k] -> s_run[AT(k,i_)] = q_; i_++ :: else -> break od; i_ = 0; st = 0; pos = 0;
          if :: s_cur[k] == s_len[k] -> s_new[k] = 2; next_run-- :: else fi
       :: else
       fi; q_ = 0;
#endif
       }
  :: atomic { st == 1 && pos < s_len[k] ->           /* one batch: one run, one or two ids */
       rn = s_run[AT(k,pos+1)]; to = pos + 1;
       if :: to < s_len[k] && s_run[AT(k,to+1)] == rn -> to++ :: skip fi;
       gapto = 0;
       if :: s_first[k] > pos + 1 -> gapto = (s_first[k] - 1 < to -> s_first[k] - 1 : to) :: else fi;
       content(k, pos+1, ca); cb = 0;
       if :: to > pos + 1 -> content(k, pos+2, cb) :: else fi;
#ifdef TAG
       x1 = 0; x2 = s_g[AT(k,to)];
       if :: pos > 0 -> x1 = s_g[AT(k,pos)] :: else fi;
#endif
       req[2*k+conn]!(pos > 0 -> s_run[AT(k,pos)] : 0),pos,rn,to,gapto,ca,cb SENT;
#ifdef CURFIRST
       s_cur[k] = to;                                /* broken: the cursor moves when the batch is sent */
#endif
       x1 = 0; x2 = 0; ca = 0; cb = 0; gapto = 0; rn = 0; st = 2 }
  :: atomic { st == 2 && nempty(rep[2*k+conn]) ->
       rep[2*k+conn]?ok,ack;
       if :: ok -> pos = ack; st = 1 :: else -> st = 0; pos = 0 fi;
       ok = 0; ack = 0; to = 0 }
  :: atomic { st == 2 && empty(rep[2*k+conn]) && empty(req[2*k+conn]) -> st = 0; pos = 0; to = 0 }          /* dead peer seen */
  :: atomic { st == 2 && n_cut > 0 -> n_cut--; conn = 1 - conn; st = 0; pos = 0; to = 0;                    /* given up */
       if :: nempty(req[2*k+conn]) -> req[2*k+conn]?ANY :: empty(req[2*k+conn]) -> skip fi;
       if :: nempty(rep[2*k+conn]) -> rep[2*k+conn]?_,_ :: empty(rep[2*k+conn]) -> skip fi }
#ifndef CURFIRST
  :: atomic { st == 1 && s_cur[k] != pos -> s_cur[k] = pos }
#endif
#ifndef TAG
  :: atomic { s_first[k] <= s_cur[k] && s_first[k] <= s_len[k] -> s_first[k]++ }                             /* retention */
  :: atomic { n_skip > 0 && s_first[k] > s_cur[k] && s_first[k] <= s_len[k] ->                              /* backlog bound */
       n_skip--; forced[s_g[AT(k,s_first[k])]] = 1; s_first[k]++ }
#endif
  :: atomic { n_crash > 0 && s_len[k] > 0 -> n_crash--; st = 0; pos = 0; to = 0; s_new[k] = 1; conn = 1 - conn;
       if :: nempty(req[2*k+conn]) -> req[2*k+conn]?ANY :: empty(req[2*k+conn]) -> skip fi;
       if :: nempty(rep[2*k+conn]) -> rep[2*k+conn]?_,_ :: empty(rep[2*k+conn]) -> skip fi }
#if ROLLBACK
  :: atomic { k == 0 && !snapped && s_len[0] > 0 -> snapped = 1; snap_len = s_len[0]; snap_first = s_first[0]; snap_cur = s_cur[0] }
  :: atomic { k == 0 && snapped && n_back > 0 -> n_back--; st = 0; pos = 0; to = 0; s_new[0] = 1; conn = 1 - conn;
       i_ = snap_len + 1;
       do :: i_ <= s_len[0] -> s_g[i_] = 0; s_run[i_] = 0; i_++ :: else -> break od; i_ = 0;
       s_len[0] = snap_len; s_first[0] = snap_first; s_cur[0] = snap_cur;
       if :: nempty(req[conn]) -> req[conn]?ANY :: empty(req[conn]) -> skip fi;
       if :: nempty(rep[conn]) -> rep[conn]?_,_ :: empty(rep[conn]) -> skip fi }
#endif
#ifdef CLONE
  :: atomic { k == 0 && !s_live[1] && s_len[0] > 0 ->     /* a copy of the file starts elsewhere: same stream id, same cursor */
       s_live[1] = 1; s_new[1] = COPY_OPENED; s_len[1] = s_len[0]; s_first[1] = s_first[0]; s_cur[1] = s_cur[0];
       i_ = 1;
       do :: i_ <= s_len[0] -> s_g[AT(1,i_)] = s_g[i_]; s_run[AT(1,i_)] = s_run[i_]; i_++ :: else -> break od; i_ = 0;
       run Sender(1) }
#endif
  od
}

init { atomic {
  r_ok[0] = 0; i_ = 0;
  do :: i_ < K -> s_first[i_] = 1; s_new[i_] = 1; i_++ :: else -> break od; i_ = 0;
  s_live[0] = 1; run Sender(0) } }
