/* Several stores and streams between them (docs/forward-protocol.md). The link itself is forward.pml's business: here a stream hands over the next
 * row of its source atomically, with the mark at the receiver, in order; what is modelled is what stores do with what they get.
 * Node 0 writes records g = 1..G (run 0; after it was put back to an older copy: run 1). Every node has a log in its own id order,
 * retention that drops the oldest row (and with it its entry in the unique index), and may be put back to an older copy once (RESTORE = node).
 * Topologies: DIAMOND 0->1->2, 0->2; LOOP 0->1, 1->0; RING 0->1->2->0; CHAIN 0->1->2. FILTER: the stream 0->1 passes only even g. */
#ifndef G
#define G 3
#endif
#define M 3
#ifndef CAP
#define CAP (2*G+2)
#endif
#ifndef RET
#define RET 0            /* rows that retention may drop, each node */
#endif
#ifndef RESTORE
#define RESTORE 9        /* this node is put back once; 9: none */
#endif
#if defined(DIAMOND)
#define L 3
#define SRC(l) (l == 0 -> 0 : (l == 1 -> 1 : 0))
#define DST(l) (l == 0 -> 1 : 2)
#elif defined(LOOP)
#define L 2
#define SRC(l) (l)
#define DST(l) (1-l)
#elif defined(RING)
#define L 3
#define SRC(l) (l)
#define DST(l) (l == 2 -> 0 : l+1)
#else
#define L 2
#define SRC(l) (l)
#define DST(l) (l+1)
#endif
#define AT(n,i) ((n)*(CAP+1)+(i))
byte top[M], first[M];
byte lg[M*(CAP+1)];        /* the record at local id i */
byte via[M*(CAP+1)];       /* set of nodes it has passed: bit n; hops = how many */
byte mark[L];              /* local id of the source that the destination has, on the history both share */
byte next_g = 1;
byte ret[M];
byte b_len, b_first; byte b_mark[L]; bit backed, done_r;
bit lost[G+1];             /* written by node 0, then lost by putting it back: above the end of its run */
bit grun[G+1];             /* ghost: the run it was written in */
bit seen[M*(G+1)];         /* ghost: node has ever stored g */
byte s_, d_, g_, v_, i_; bit dup_;

inline put(n, g, v) {
  /* the unique index: is a row of that identity in the log? */
  dup_ = 0; i_ = first[n];
  do :: i_ <= top[n] -> if :: lg[AT(n,i_)] == g -> dup_ = 1 :: else fi; i_++ :: else -> break od;
#ifdef NOINDEX
  assert(!dup_);                       /* broken: stored without looking */
  dup_ = 0;
#endif
#ifndef NOPATH
  if :: (v & (1<<n)) && !(n == 0 && lost[g]) -> dup_ = 1 :: else fi;    /* has passed here; but own rows lost by a restore come home */
#endif
  if
  :: dup_ -> skip
  :: !dup_ ->
#ifdef ORDER
     i_ = first[n];                    /* order of its origin: nothing newer of the same run is here already */
     do :: i_ <= top[n] -> assert(lg[AT(n,i_)] < g || grun[lg[AT(n,i_)]] != grun[g]); i_++ :: else -> break od;
#endif
#ifdef ONCE
     assert(!seen[n*(G+1)+g] || n == RESTORE || (n == 0 && lost[g]));   /* not even after retention has dropped it */
#endif
     assert(top[n] < CAP);             /* a record that circulates for ever runs out of ids here */
     top[n]++; lg[AT(n,top[n])] = g; via[AT(n,top[n])] = v | (1<<n); seen[n*(G+1)+g] = 1
  fi; i_ = 0; dup_ = 0
}

#define HAS(n,g) (seen[(n)*(G+1)+(g)])
active proctype World() {
  byte l;
  first[0] = 1; first[1] = 1; first[2] = 1;
end:
  do
  :: atomic { next_g <= G -> if :: RESTORE == 0 && done_r -> grun[next_g] = 1 :: else fi; put(0, next_g, 0); next_g++ }
  :: atomic { mark[0] < top[SRC(0)] -> l = 0; goto deliver }
  :: atomic { mark[1] < top[SRC(1)] -> l = 1; goto deliver }
#if L > 2
  :: atomic { mark[2] < top[SRC(2)] -> l = 2; goto deliver }
#endif
  :: atomic { ret[0] < RET && first[0] <= top[0] -> ret[0]++; lg[AT(0,first[0])] = 0; first[0]++ }
  :: atomic { ret[1] < RET && first[1] <= top[1] -> ret[1]++; lg[AT(1,first[1])] = 0; first[1]++ }
  :: atomic { ret[2] < RET && first[2] <= top[2] -> ret[2]++; lg[AT(2,first[2])] = 0; first[2]++ }
#if RESTORE < 3
  :: atomic { !backed -> backed = 1; b_len = top[RESTORE]; b_first = first[RESTORE]; l = 0;
       do :: l < L -> b_mark[l] = mark[l]; l++ :: else -> break od; l = 0 }
  :: atomic { backed && !done_r && ret[RESTORE] == 0 -> done_r = 1; i_ = b_len + 1;
       do :: i_ <= top[RESTORE] -> if :: RESTORE == 0 && via[AT(RESTORE,i_)] == 1 -> lost[lg[AT(RESTORE,i_)]] = 1 :: else fi;
             seen[RESTORE*(G+1)+lg[AT(RESTORE,i_)]] = 0; lg[AT(RESTORE,i_)] = 0; via[AT(RESTORE,i_)] = 0; i_++ :: else -> break od; i_ = 0;
       top[RESTORE] = b_len; first[RESTORE] = b_first; l = 0;
       do
       :: l < L ->
          if :: DST(l) == RESTORE -> mark[l] = b_mark[l]                                          /* its marks went back with it */
             :: SRC(l) == RESTORE -> mark[l] = (mark[l] < b_len -> mark[l] : b_len)               /* common history, forward.pml */
             :: else fi; l++
       :: else -> break od; l = 0 }
#endif
  od;
deliver:
  atomic {
    s_ = SRC(l); d_ = DST(l); mark[l]++;
    if
    :: mark[l] < first[s_] -> skip                              /* dropped by retention: a declared gap */
    :: else ->
       g_ = lg[AT(s_,mark[l])]; v_ = via[AT(s_,mark[l])];
#ifdef FILTER
       if :: l == 0 && g_ % 2 == 1 -> skip :: else -> put(d_, g_, v_) fi
#else
       put(d_, g_, v_)
#endif
    fi;
    s_ = 0; d_ = 0; g_ = 0; v_ = 0; l = 0; goto end }
}
#ifdef LIVE
#define OK(n,g) (next_g <= g || HAS(n,g) || lost[g])
#define ALL(n) (OK(n,1) && OK(n,2) && OK(n,3))
#ifdef LOOP
ltl live { <>[] (next_g > G && ALL(0) && ALL(1)) }
#else
ltl live { <>[] (next_g > G && ALL(1) && ALL(2)) }
#endif
#endif
