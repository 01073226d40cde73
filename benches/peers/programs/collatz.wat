(module
  (func (export "main") (result i64)
    (local $n i64) (local $x i64) (local $len i64) (local $best i64) (local $best_len i64)
    (local.set $n (i64.const 1))
    (loop $start
      (local.set $x (local.get $n))
      (local.set $len (i64.const 1))
      (block $done
        (loop $next
          (br_if $done (i64.eq (local.get $x) (i64.const 1)))
          (if (i64.eqz (i64.rem_s (local.get $x) (i64.const 2)))
            (then (local.set $x (i64.div_s (local.get $x) (i64.const 2))))
            (else (local.set $x (i64.add (i64.mul (i64.const 3) (local.get $x)) (i64.const 1)))))
          (local.set $len (i64.add (local.get $len) (i64.const 1)))
          (br $next)))
      (if (i64.gt_s (local.get $len) (local.get $best_len))
        (then
          (local.set $best (local.get $n))
          (local.set $best_len (local.get $len))))
      (br_if $start
        (i64.lt_s (local.tee $n (i64.add (local.get $n) (i64.const 1))) (i64.const 300000))))
    (i64.add (i64.mul (local.get $best) (i64.const 1000)) (local.get $best_len))))
