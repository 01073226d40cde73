(module
  (func (export "main") (result i64)
    (local $px i64) (local $py i64) (local $n i64) (local $total i64)
    (local $cr f64) (local $ci f64) (local $zr f64) (local $zi f64) (local $r2 f64) (local $i2 f64)
    (loop $row
      (local.set $ci
        (f64.sub (f64.mul (f64.convert_i64_s (local.get $py)) (f64.const 0.01171875)) (f64.const 1.5)))
      (local.set $px (i64.const 0))
      (loop $column
        (local.set $cr
          (f64.sub (f64.mul (f64.convert_i64_s (local.get $px)) (f64.const 0.01171875)) (f64.const 2.0)))
        (local.set $zr (f64.const 0))
        (local.set $zi (f64.const 0))
        (local.set $n (i64.const 0))
        (block $done
          (loop $next
            (local.set $r2 (f64.mul (local.get $zr) (local.get $zr)))
            (local.set $i2 (f64.mul (local.get $zi) (local.get $zi)))
            (br_if $done (f64.gt (f64.add (local.get $r2) (local.get $i2)) (f64.const 4)))
            (local.set $zi
              (f64.add
                (f64.mul (f64.mul (f64.const 2) (local.get $zr)) (local.get $zi))
                (local.get $ci)))
            (local.set $zr (f64.add (f64.sub (local.get $r2) (local.get $i2)) (local.get $cr)))
            (br_if $next
              (i64.lt_s
                (local.tee $n (i64.add (local.get $n) (i64.const 1)))
                (i64.const 100)))))
        (local.set $total (i64.add (local.get $total) (local.get $n)))
        (br_if $column
          (i64.lt_s (local.tee $px (i64.add (local.get $px) (i64.const 1))) (i64.const 256))))
      (br_if $row
        (i64.lt_s (local.tee $py (i64.add (local.get $py) (i64.const 1))) (i64.const 256))))
    (local.get $total)))
